"""What goes wrong between a client and its exomock."""

from collections.abc import Mapping
from typing import Any


class NoServer(ConnectionError):
    """Nobody answers where the server should be, or nobody in time."""


class Refused(Exception):
    """
    The v1 API did not place a call.

    Args:
        status: HTTP status; None where the connection was cut before an answer came.
        code: Exotel's code of the error, None where the answer has none.
        message: Exotel's words, or what is wrong with the answer.
        why: exomock's reason, of the header X-Exomock-Why.
    """

    def __init__(self, status: int | None, code: int | None, message: str, why: str) -> None:
        super().__init__(status, code, message, why)
        self.status, self.code, self.message, self.why = status, code, message, why

    def __str__(self) -> str:
        """In one sentence: what was answered, and why."""
        # A reason mostly ends with Exotel's words, which are long.
        words = self.why if self.message and self.message.strip() in self.why else self.message
        why = f" ({self.why})" if self.why and words != self.why else ""
        return f"{self.status} {words}{why}" if self.status else f"{words}{why}"


class ControlError(Exception):
    """
    The control API refused.

    Args:
        status: HTTP status.
        detail: What was wrong and what was expected.
        problem: The whole answer, with what lies near an unknown name.
    """

    def __init__(self, status: int, detail: str, problem: Mapping[str, Any]) -> None:
        super().__init__(detail)
        self.status, self.detail, self.problem = status, detail, problem


class WrongArgument(ControlError, ValueError):
    """The server finds an argument wrong (400)."""


class NotThere(ControlError, LookupError):
    """There is no such account, call, callback, fault or snapshot (404)."""


class NotYet(ControlError, TimeoutError):
    """What was waited for did not come about in time (408)."""


_BY_STATUS: dict[int, type[ControlError]] = {400: WrongArgument, 404: NotThere, 408: NotYet}


def error_of(status: int, problem: Mapping[str, Any]) -> ControlError:
    """The error that an answer of the control API stands for, with the names that lie near."""
    detail = "; ".join(str(problem.get("detail", f"answered {status}")).splitlines())
    near = [
        str(name)
        for value in problem.values()
        if isinstance(value, list)
        for name in value
        if isinstance(name, str)
    ]
    if status == 404 and near:  # noqa: PLR2004
        detail += f"; there are {', '.join(near)}"
    return _BY_STATUS.get(status, ControlError)(status, detail, problem)
