"""Finished calls for the laws of lists: few numbers, few seconds, any order."""

from conftest import NOON
from exomock.domain.call import Call
from exomock.domain.clock import SECOND
from exomock.domain.fate import Fate, Outcome
from exomock.domain.order import Direction, Order
from exomock.domain.plan import plan
from exomock.domain.script import Script
from exomock.domain.sid import call_key
from exomock.domain.span import Span, seconds
from exomock.numbering import read_number
from exomock.storage import rows

SCRIPTS = (
    Script(talk=Span(20 * SECOND, 90 * SECOND)),
    Script(leg2=Outcome(Fate.BUSY, seconds(2))),
    Script(leg1=Outcome(Fate.NO_ANSWER)),
)
NUMBERS = [read_number(f"0981110000{i}") for i in range(4)]


def finished(account, number, chance):
    """A call that has ended, one of few numbers and seconds."""
    created = NOON - chance.randrange(60) * SECOND
    direction = chance.choice([Direction.OUTBOUND_API, Direction.INBOUND])
    numbers = (chance.choice(NUMBERS) for _ in range(3))
    order = Order(*numbers, direction, custom_field=str(number))
    script = chance.choice(SCRIPTS)
    events = plan(script, order, created, 0, chance)
    sid = f"{chance.randrange(16**32):032x}"
    return Call(
        account=account,
        sid=sid,
        order=order,
        script=script,
        key=call_key(1, account, sid, 0),
        created=created,
        plan=events,
        done=len(events),
        rule="",
    )


def row_of(call, number=0):
    """Its row."""
    return rows.placed(call, f"{call.sid}", number, rows.order_json(call.order))
