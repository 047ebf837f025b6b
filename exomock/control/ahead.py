"""What a call will yet send by its plan, as arrows of its ladder."""

from collections.abc import Iterator

from exomock.domain.call import Call
from exomock.domain.callback import Notice
from exomock.domain.question import enquiry_number
from exomock.domain.telling import Telling
from exomock.drawing import Arrow, ArrowKind
from exomock.drawing.calls import EXOTEL
from exomock.engine.happening import owed_by
from exomock.engine.walks import walk_of

NEVER_SENT = "never sent: the scenario drops it"


def to_come(call: Call, server: int) -> Iterator[tuple[int, Arrow]]:
    """The callbacks and the requests of a flow that the rest of the plan will owe."""
    if call.flows:
        yield from _asked_later(call, server)
    for each in owed_by(call):
        if each.place > call.done:
            word, dropped = Notice(each.notice).event, each.state is Telling.DROPPED
            said = NEVER_SENT if dropped else ""
            at = each.due_at - call.created
            yield (
                each.place,
                Arrow(at, EXOTEL, server, word, ArrowKind.CALLBACK, said, bad=dropped, coming=True),
            )


def _asked_later(call: Call, server: int) -> Iterator[tuple[int, Arrow]]:
    for each in walk_of(call).enquiries[enquiry_number(call, call.done) :]:
        at, word = each.at - call.created, str(each.kind)
        arrow = Arrow(at, EXOTEL, server, word, ArrowKind.QUESTION, coming=True)
        yield len(call.plan), arrow
