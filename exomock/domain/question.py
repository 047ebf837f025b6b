"""The requests that a call has made of the customer's server, and the question that is open."""

from typing import NamedTuple

from exomock.domain.call import Call
from exomock.domain.leg import Event


class Question(NamedTuple):
    """
    A question that is open: somebody is asked what becomes of the call.

    Args:
        asked_at: When it was asked, microseconds.
        deadline: When the call goes on without a reply, microseconds.
        number: Its place among all that is asked and told, from 1.
    """

    asked_at: int
    deadline: int
    number: int = 1


_ASKS = (Event.ASKED, Event.SILENCE)
_TELLS = (Event.ASKED, Event.TOLD)


def enquiry_number(call: Call, done: int) -> int:
    """How many requests a call has made once so many transitions have happened."""
    return sum(each.event in _TELLS for each in call.plan[:done])


def question_of(call: Call) -> Question | None:
    """
    The question of a call that is open, None if none is.

    It opens when `asked` has happened. A reply puts another future in the place of what comes
    without one, which begins with `silence`. A caller may leave in between.
    """
    ahead = (each for each in call.plan[call.done :] if each.event in _ASKS)
    silence = next(ahead, None)
    if silence is None or silence.event is not Event.SILENCE:
        return None
    past = [each for each in call.plan[: call.done] if each.event in _TELLS]
    asked = next(each for each in reversed(past) if each.event is Event.ASKED)
    return Question(asked.at, silence.at, len(past))
