"""Every change of an account that either API can make, on servers that share a database."""

import json
import sqlite3
from contextlib import ExitStack, contextmanager

from sqlalchemy import event

from conftest import EXOPHONE, FROM, TO
from serve.conftest import until
from tests.cluster.exchanges import look
from tests.cluster.sharers import Sharer

SID = "team1"
V1, CONTROL = f"/v1/Accounts/{SID}", f"/_exomock/accounts/{SID}"
LINES = f"/v2_beta/Accounts/{SID}/IncomingPhoneNumbers"
ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
CALLER = "09900000001"
NOON = "2029-01-01T12:00:00+05:30"
FLOW = "http://my.exotel.com/acc/exoml/start_voice/941"

SCENARIO = """
rules:
  - {when: {to: "09822200009"}, leg1: {answer: 1s}, leg2: person}
  - {leg1: {answer: 3s}, leg2: {answer: 5s}, talk: 40s}
flows:
  "941":
    - passthru: SERVER/asks
    - {gather: Key in your PIN, max_digits: 4, timeout: 60s}
    - passthru: SERVER/asks/more
    - greeting: Thank you
"""
"""An account in which there is something to change."""


def _posts(path, **form):
    return "POST", f"{V1}/{path}", {"data": form}


def _controls(path, body, method="POST"):
    return method, f"{CONTROL}/{path}", {"json": body}


CHANGES = {
    "a call is placed": _posts("Calls/connect.json", **ORDER),
    "a call that tells is placed": _posts("Calls/connect.json", **ORDER, StatusCallback="HOOK"),
    "a flow is begun": _posts(
        "Calls/connect.json", From=FROM, CallerId=EXOPHONE, Url=FLOW, StatusCallback="HOOK"
    ),
    "a message is sent": _posts("Sms/send.json", From=EXOPHONE, To=TO, Body="hello"),
    "messages are sent": _posts(
        "Sms/bulksend.json",
        **{"From": EXOPHONE, "Messages[0][To]": TO, "Messages[0][Body]": "one",
           "Messages[1][To]": FROM, "Messages[1][Body]": "two"},
    ),
    "a number is whitelisted": _posts("CustomerWhitelist.json", VirtualNumber=EXOPHONE, Number=FROM),
    "a number is whitelisted no more": ("DELETE", f"{V1}/CustomerWhitelist.json?Number={TO}", {}),
    "an ExoPhone is rented": ("POST", LINES, {"data": {"PhoneNumber": "08047112288"}}),
    "an ExoPhone is named": ("PUT", f"{LINES}/LINE", {"data": {"FriendlyName": "Sales"}}),
    "an ExoPhone is given back": ("DELETE", f"{LINES}/LINE", {}),
    "somebody calls": _controls("calls", {"from": CALLER, "exophone": EXOPHONE}),
    "somebody texts": _controls("messages", {"from": CALLER, "exophone": EXOPHONE, "body": "hi"}),
    "a call is hung up": _controls("calls/CALL/hangup", {"by": "from"}),
    "a telephone is answered": _controls("calls/PERSON/phone", {"who": "to", "does": "answer"}),
    "keys are pressed": _controls("calls/ASKING/press", {"digits": "1234"}),
    "an answer is laid down": _controls("calls/ASKING/reply", {"status": 302}),
    "a callback goes out again": _controls("callbacks/CALLBACK/replay", None),
    "time passes": _controls("clock/advance", {"seconds": 600}),
    "time is set": _controls("clock", {"now": "2030-01-01T00:00:00+05:30"}, "PUT"),
    "time runs": _controls("clock", {"rate": 3600}, "PUT"),
    "people answer": _controls("phones", {"people": True}, "PUT"),
    "a scenario is given": (
        "PUT", f"{CONTROL}/scenario",
        {"data": "inbound: [{every: 1h}]", "headers": {"Content-Type": "text/yaml"}},
    ),
    "the next call is laid down": _controls("next", {"calls": 1, "leg1": "busy"}),
    "a fault is laid down": _controls("faults", {"when": {"path": "Nobody"}, "answer": "html"}),
    "a fault is lifted": ("DELETE", f"{CONTROL}/faults/1", {}),
    "callbacks are twisted": _controls("twists", {"callbacks": {"swap": True}}),
    "callbacks are twisted no more": ("DELETE", f"{CONTROL}/twists", {}),
    "a snapshot is taken": _controls("snapshots", None),
    "a snapshot comes back": _controls("snapshots/SNAPSHOT/restore", None),
    "all is reset": _controls("reset", {}),
    "the account is deleted": ("DELETE", CONTROL, {}),
}  # fmt: skip
"""What a client asks for, of what is there."""

SHOWN = (
    CONTROL, f"{CONTROL}/clock", f"{CONTROL}/calls?limit=1000", f"{CONTROL}/faults",
    f"{CONTROL}/twists", f"{CONTROL}/phones", f"{CONTROL}/scenario",
    f"{CONTROL}/messages?limit=1000", f"{CONTROL}/callbacks?limit=1000", f"{V1}/Calls.json",
    LINES, f"{V1}/CustomerWhitelist/{TO}.json", f"{V1}/CustomerWhitelist/{FROM}.json",
)  # fmt: skip
"""Where a client sees what was changed."""


@contextmanager
def serving(wanted):
    """Servers by their databases and accounts."""
    with ExitStack() as stack:
        found = []
        for url, sids in wanted:
            found.append(Sharer(url, *sids))
            stack.callback(found[-1].close)
        yield found


def asked(server, method, path, **said):
    """What a server answers, which must be well."""
    answer = server.ask(method, path, **said)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def place(server, receiver, **more):
    """Place a call that tells of its end; its Sid."""
    form = {**ORDER, "StatusCallback": receiver.url, **more}
    return asked(server, "POST", f"{V1}/Calls/connect.json", data=form)["Call"]["Sid"]


def prepared(server, receiver):
    """Let there be something to change; the names in `CHANGES`, and what they stand for."""
    asked(server, "PUT", f"{CONTROL}/clock", json={"now": NOON})
    text = SCENARIO.replace("SERVER", receiver.url)
    yaml = {"Content-Type": "text/yaml"}
    asked(server, "PUT", f"{CONTROL}/scenario", data=text, headers=yaml)
    ended = place(server, receiver)
    asking = place(server, receiver, To=None, Url=FLOW)
    asked(server, "POST", f"{CONTROL}/clock/advance", json={"seconds": 50})
    assert "completed" == asked(server, "GET", f"{V1}/Calls/{ended}.json")["Call"]["Status"]
    person = place(server, receiver, To="09822200009")
    asked(server, "POST", f"{CONTROL}/clock/advance", json={"seconds": 2})
    asked(server, "POST", f"{CONTROL}/faults", json={"when": {"path": "None"}, "answer": "html"})
    asked(server, "POST", f"{CONTROL}/twists", json={"callbacks": {"repeat": 2}})
    asked(
        server,
        "POST",
        f"{V1}/CustomerWhitelist.json",
        data={"VirtualNumber": EXOPHONE, "Number": TO},
    )
    line = asked(server, "POST", LINES, data={"PhoneNumber": "08047112299"})["sid"]
    told = asked(server, "GET", f"{CONTROL}/callbacks")["callbacks"][0]["id"]
    snapshot = asked(server, "POST", f"{CONTROL}/snapshots")["id"]
    return {
        "HOOK": receiver.url, "CALL": place(server, receiver), "PERSON": person, "ASKING": asking,
        "LINE": line, "CALLBACK": told, "SNAPSHOT": snapshot,
    }  # fmt: skip


def change(what, server, receiver, begin):
    """Make a change; `begin` is called just before it is asked for. Its answer."""
    names, text = prepared(server, receiver), json.dumps(CHANGES[what])
    for name in sorted(names, key=len, reverse=True):  # CALLBACK before CALL
        text = text.replace(name, str(names[name]))
    method, path, said = json.loads(text)
    begin()
    return server.ask(method, path, **said)


def shown(server):
    """What a server says of the account, but for its own name; None where there is none."""
    if server.ask("GET", CONTROL).status_code == 404:
        return None
    # A try that could not be kept is kept soon.
    until(lambda: "sending" not in outbox(server))
    answers = {path: server.ask("GET", path) for path in SHOWN}
    assert set() == {503, 500} & {each.status_code for each in answers.values()}
    return {
        path: json.loads(each.text.replace(server.url, "")) if each.ok else each.status_code
        for path, each in answers.items()
    }


def outbox(server):
    """The state of each callback of the account."""
    return [row.state for row in server.exchange.engine.store.outbox.of(SID)]


def goes_on(one, other, receiver, answer):
    """Whatever became of a change, its server and the next one say the same of the account."""
    look(one.exchange)
    said = shown(one)
    one.exchange.leave()
    assert shown(other) == said, answer.text
    if said is not None:
        place(other, receiver)
        other.exchange.advance(SID, 36_000)
        until(lambda: not {"pending", "sending"} & set(outbox(other)))


class Failing:
    """One statement or commit of a server fails; a file rolls back what was not committed."""

    _STATEMENTS = ("do_execute", "do_executemany")

    def __init__(self, server):
        self._engine, self.left = server.exchange.engine.store._engine, None

    def after(self, number):
        """Let so many go well, and then one fail."""
        self.left = number

    def heal(self):
        """Fail no more; whether one has failed."""
        failed, self.left = self.left is None, None
        return failed

    def _fail(self, *_):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left = None
                raise sqlite3.OperationalError("injected")

    def _commit(self, connection):
        self._fail()
        type(self._engine.dialect).do_commit(self._engine.dialect, connection)

    def __enter__(self):
        for name in self._STATEMENTS:
            event.listen(self._engine, name, self._fail)
        self._engine.dialect.do_commit = self._commit
        return self

    def __exit__(self, *_):
        self.left = None
        for name in self._STATEMENTS:
            event.remove(self._engine, name, self._fail)
        del self._engine.dialect.do_commit
