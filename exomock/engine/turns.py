"""Whose turn it is to move an account's time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from exomock.domain.errors import TimeIsMoving
from exomock.engine.world import World
from exomock.wall import stopwatch


@contextmanager
def moving(world: World, patience: float) -> Iterator[int]:
    """
    The turn to move an account's time, in the epoch that is yielded.

    Args:
        world: Whose.
        patience: Seconds to wait for it.

    Raises:
        TimeIsMoving: Somebody else had it all the time: most often a receiver that wants to
            advance while its advance waits for it.
    """
    give_up = stopwatch() + patience
    while True:
        epoch, turn = world.epoch, world.turn
        if not turn.acquire(timeout=max(0, give_up - stopwatch())):
            raise TimeIsMoving(world.sid)
        if turn is world.turn:
            break
        turn.release()  # a reset came between: there is another turn now
    try:
        yield epoch
    finally:
        turn.release()


def let_turns_end(worlds: Iterable[World], patience: float) -> None:
    """
    Wait until nobody moves the time of any of these accounts, for at most `patience` seconds.

    An advance that has been told to stop still writes how far it has come: it needs the database.
    """
    give_up = stopwatch() + patience
    for turn in [world.turn for world in worlds]:
        if turn.acquire(timeout=max(0, give_up - stopwatch())):
            turn.release()
