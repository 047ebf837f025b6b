"""Another future for a call, drawn from its own chance."""

from random import Random

from exomock.domain.call import Call
from exomock.domain.replan import Change, with_future, with_input


def replan(call: Call, change: Change, now: int) -> Call:
    """
    The call with the future that a change makes: the one way in which its future changes.

    Chance is drawn from the call's key: the same in each run.

    Args:
        call: The call as it is now.
        change: What becomes of it.
        now: The account's time, microseconds.

    Raises:
        NotOnTheLine: The call has ended, or a party is not on the line that would have to be.
        NoQuestion: A reply came, and no question is open.
        NotGathering: Keys were pressed where nothing takes them.
        IllegalTransition: The change makes what a leg's state does not allow: our bug.
    """
    if call.flows:
        return with_input(call, change, now, lambda: Random(call.key))
    # Of how far it has come, too, because two decisions of a call are two draws.
    return with_future(call, change, now, Random(f"{call.key}:replan:{call.done}"))
