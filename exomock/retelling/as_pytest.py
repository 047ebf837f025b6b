"""A call as a test for pytest, by the fixtures of the plugin."""

from collections.abc import Iterator
from pprint import pformat
from typing import Any

from exomock.domain.flows.inputs import Answered
from exomock.retelling.retold import HOOK, Retold, ToldAlike

_WIDTH = 88
_CONNECT = {"To": "to", "From": "from_", "CallerId": "caller_id"}
_KNOWN = {"from": "from_"}


def as_pytest(call: Retold) -> str:
    """
    A file that pytest runs as it is, where exomock is installed.

    Args:
        call: The call.
    """
    return "\n".join([*_head(call), *_body(call), ""])


def _head(call: Retold) -> Iterator[str]:
    yield f'"""Call {call.sid}, told again; made by exomock. Run: pytest FILE"""'
    yield ""
    yield "import pytest"
    yield ""
    yield _assigned("SCENARIO", call.scenario)
    yield ""
    yield ""
    yield f"@pytest.mark.exotel(now={call.now!r})"
    yield f"def test_call_{call.sid[:8].lower()}_{_word(call.ends)}({_fixtures(call)}):"
    yield f'    """{_line(call.says)}"""'


def _fixtures(call: Retold) -> str:
    return "exotel, exotel_receiver" if call.hook else "exotel"


def _body(call: Retold) -> Iterator[str]:
    yield "    exotel.scenario(SCENARIO)"
    if call.hook:
        yield "    # exotel_receiver.app(your_application) lets your own code answer the callbacks."
    yield ""
    verb = "inbound" if call.inbound else "connect"
    yield f"    call = exotel.{verb}("
    yield from (f"        {each}," for each in _arguments(call))
    yield "    )"
    if not call.inbound:  # a call that comes in may ask at once, so it is given them at its start
        yield from (f"    exotel.reply(call, {_reply(each)})" for each in call.replies)
    yield from (f"    # {each}" for each in call.gaps)
    yield '    exotel.advance("idle")'
    yield ""
    yield from (f"    {line}" for each in call.told for line in _expected(each))
    if call.hook and not call.told:
        yield "    exotel.callbacks.expect(call=call, count=0)"
    yield f"    assert exotel.call(call.sid).status == {call.ends!r}"


def _arguments(call: Retold) -> Iterator[str]:
    names = _KNOWN if call.inbound else _CONNECT
    for name, value in call.order.items():
        yield f"{names.get(name, name)}={value!r}"
    if call.inbound and call.replies:
        yield f"replies={[each._asdict() for each in call.replies]!r}"
    if call.hook:
        word = "status_callback" if call.inbound else "StatusCallback"
        yield f"{word}=exotel_receiver.url + {HOOK!r}"


def _reply(each: Answered) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in each._asdict().items())


def _expected(told: ToldAlike) -> Iterator[str]:
    """The callbacks of an event, a field a line."""
    yield "exotel.callbacks.expect("
    yield f"    {told.event!r},"
    yield "    call=call,"
    if told.times != 1:
        yield f"    count={told.times},"
    rest = {}
    for name, value in told.fields.items():
        if name.isidentifier():
            yield f"    {name}={value!r},"
        else:
            rest[name] = value
    if rest:
        yield f"    **{rest!r},"
    yield ")"


def _assigned(name: str, value: Any) -> str:
    text = pformat(value, width=_WIDTH, sort_dicts=False)
    return f"{name} = {text}" if text.startswith(("{", "(", "'", '"')) else f"{name} = (\n{text}\n)"


def _word(text: str) -> str:
    return f"ends_{text.replace('-', '_')}"


def _line(text: str) -> str:
    """A text that can stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"', "'")
