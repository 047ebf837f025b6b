"""A call as a test for Node's own runner, `node --test`; it needs no package."""

import json
from collections.abc import Iterator
from typing import Any

from exomock.retelling.retold import HOOK, Retold

_HEAD = """\
// Call {sid}, told again; made by exomock. Run: exomock run -- node --test FILE
import assert from "node:assert/strict";
import {{ createServer }} from "node:http";
import {{ test }} from "node:test";

const SCENARIO = {scenario};
const ORDER = {order};
const TOLD = {told};
"""

_BEGIN = """\
test({says}, async (t) => {{
  const clock = {{ now: {now}, rate: 0 }};
  const account = await control("POST", "/_exomock/accounts", {{ scenario: SCENARIO, clock }});
  const mine = `/_exomock/accounts/${{account.sid}}`;
  t.after(() => control("DELETE", mine));
"""

_RECEIVER = """\
  // Your own server may listen here instead.
  const receiver = createServer((request, answer) => {
    request.resume().on("end", () => answer.end());
  });
  await new Promise((ready) => receiver.listen(0, "127.0.0.1", ready));
  t.after(() => receiver.close());
  ORDER.@WORD@ = `http://127.0.0.1:${receiver.address().port}@HOOK@`;
"""

_CONNECT = """\
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(ORDER)) {
    if (Array.isArray(value)) {
      value.forEach((each, place) => form.append(`${name}[${place}]`, each));
    } else form.append(name, value);
  }
  const answer = await fetch(`${URL_}/v1/Accounts/${account.sid}/Calls/connect.json`, {
    method: "POST",
    body: form,
    headers: { Authorization: `Basic ${btoa(`${account.key}:${account.token}`)}` },
  });
  assert.equal(answer.status, 200, answer.headers.get("X-Exomock-Why"));
  const sid = (await answer.json()).Call.Sid;
"""

_REPLIES = """\
  for (const reply of {replies}) await control("POST", `${{mine}}/calls/${{sid}}/reply`, reply);
"""

_INBOUND = """\
  const { sid } = await control("POST", `${mine}/calls`, ORDER);
"""

_END = """\
  await control("POST", `${{mine}}/clock/advance`, {{ until: "idle" }});

  const {{ callbacks }} = await control("GET", `${{mine}}/callbacks?call=${{sid}}`);
  for (const [event, count, fields] of TOLD) {{
    const sent = callbacks.filter((each) => each.event === event && each.attempts.length);
    assert.equal(sent.length, count, `callbacks ${{event}}`);
    for (const each of sent) {{
      for (const [name, value] of Object.entries(fields)) {{
        assert.equal(String(inside(each.fields, name)), value, `${{event}}: ${{name}}`);
      }}
    }}
  }}
  assert.equal((await control("GET", `${{mine}}/calls/${{sid}}`)).status, {ends});
}});
"""

_TAIL = """\
const URL_ = process.env.EXOMOCK_URL ?? "http://127.0.0.1:8080";

async function control(method, path, body) {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(URL_ + path, { method, headers, body: body && JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

// A field by its name; of JSON, Legs[0][Status] leads inwards.
function inside(fields, name) {
  if (name in fields) return fields[name];
  return name.match(/[^[\\]]+/g).reduce((here, part) => here?.[part], fields);
}
"""


def as_node_test(call: Retold) -> str:
    """
    A module (`.mjs`) that `exomock run -- node --test FILE` runs as it is.

    Args:
        call: The call.
    """
    return "\n".join(_parts(call))


def _parts(call: Retold) -> Iterator[str]:
    order = call.order
    if call.inbound and call.replies:
        order = order | {"replies": [each._asdict() for each in call.replies]}
    told = [[each.event, each.times, each.fields] for each in call.told]
    yield _HEAD.format(sid=call.sid, scenario=_js(call.scenario), order=_js(order), told=_js(told))
    yield _TAIL
    yield _BEGIN.format(says=_js(call.says), now=_js(call.now))
    if call.hook:
        word = "status_callback" if call.inbound else "StatusCallback"
        yield _RECEIVER.replace("@WORD@", word).replace("@HOOK@", HOOK)
    yield _INBOUND if call.inbound else _CONNECT
    replies = [each._asdict() for each in call.replies]
    if replies and not call.inbound:
        yield _REPLIES.format(replies=_js(replies))
    yield from (f"  // {each}" for each in call.gaps)
    yield _END.format(ends=_js(call.ends))


def _js(value: Any) -> str:
    """A value as JavaScript writes it: JSON is part of it, and ASCII cannot be misread."""
    return json.dumps(value, indent=2)
