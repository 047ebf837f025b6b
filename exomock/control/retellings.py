"""A call as a test that reproduces it, to download."""

from typing import TYPE_CHECKING

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.wiring import world
from exomock.recording.addresses import Addresses

if TYPE_CHECKING:
    from exomock.retelling import Retold

bp = Blueprint("retellings", __name__)


@bp.get("/accounts/<sid>/calls/<call>/as-pytest")
def for_pytest(sid: str, call: str) -> Response:
    """Give a call as a test: `pytest FILE` reproduces it."""
    from exomock.retelling import as_pytest  # what writes tests is no part of most runs

    return _file(as_pytest(_retold(sid, call)), f"test_call_{call[:8].lower()}.py", "text/x-python")


@bp.get("/accounts/<sid>/calls/<call>/as-node-test")
def for_node(sid: str, call: str) -> Response:
    """Give a call as a test: `exomock run -- node --test FILE` reproduces it."""
    from exomock.retelling import as_node_test

    text = as_node_test(_retold(sid, call))
    return _file(text, f"call-{call[:8].lower()}.test.mjs", "text/javascript")


def _retold(sid: str, call: str) -> "Retold":
    from exomock.retelling import retold

    # A RecordingUrl is not compared, so that it may begin with anything.
    return retold(engine().details(sid, call), Addresses(None), world(sid).scenario.text)


def _file(text: str, name: str, kind: str) -> Response:
    found = Response(text, content_type=f"{kind}; charset=utf-8")
    # The name holds no text of a client: a Sid that was found is letters and digits.
    found.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return found
