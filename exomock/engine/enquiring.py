"""What the world does to a call in a flow: its questions are answered, keys are pressed."""

import logging
from collections.abc import Callable

from exomock.domain.call import Call
from exomock.domain.changes import Came
from exomock.domain.errors import CallNotFound, DomainError, GathersNothing, NoFlow, NotOnTheLine
from exomock.domain.flows.inputs import Answered, Pressed, Silent
from exomock.domain.flows.steps import Applet
from exomock.domain.flows.walked import Passage
from exomock.engine.changing import Changing
from exomock.engine.items import Did
from exomock.engine.world import World
from exomock.storage.store import Store

_log = logging.getLogger("exomock.flows")

_GATHERS = (Applet.GATHER, Applet.MENU)

FAILED = "exomock itself failed, as its log says"


class Enquiring:
    """
    Gives calls what their flows ask for; one for each engine, safe for many threads.

    Args:
        store: Where calls are kept.
        wall: Reads the wall clock, microseconds since the epoch.
        changing: Gives calls another future.
    """

    def __init__(self, store: Store, wall: Callable[[], int], changing: Changing) -> None:
        self._store = store
        self._wall = wall
        self._changing = changing

    def ended(self, world: World, epoch: int, sid: str, place: int, came: Answered | Silent) -> None:
        """
        Note what came of asking a question; does nothing where it is open no more.

        Args:
            world: Whose.
            epoch: The epoch in which it was asked.
            sid: The call's.
            place: How far the call had come when it was asked.
            came: The answer, or that none will come.
        """
        with world.state:
            # After a kill a question is asked again, and a party may hang up meanwhile.
            call = self._store.calls.one(world.sid, sid) if world.epoch == epoch else None
            if call is not None and call.done == place and call.question is not None:
                self._answer(world, call, came)

    def _answer(self, world: World, call: Call, came: Answered | Silent) -> None:
        try:
            self._changing.change(world, call, Came(came))
        except (DomainError, ValueError, TypeError, LookupError, RecursionError):
            # An answer comes from outside. If one is more than we can bear, its call must go on.
            _log.exception("the answer to a question of call %s could not be used", call.sid)
            self._changing.change(world, call, Came(Silent(FAILED)))

    def reply(self, world: World, sid: str, answer: Answered) -> Call:
        """
        Answer the open question of a call, else the next one that it asks.

        Args:
            world: Whose.
            sid: The call's.
            answer: The answer.

        Raises:
            CallNotFound: The account has no such call.
            NoFlow: The call is in no flow.
            NotOnTheLine: The call has ended.
        """
        with world.living():
            call = self._in_flow(world, sid)

            def tell() -> None:
                world.tell(Did.REPLIED, self._wall(), sid, status=answer.status)

            if call.question is None:
                return self._changing.keep(world, call, answer, tell)
            return self._changing.change(world, call, Came(answer), tell)

    def press(self, world: World, sid: str, digits: str) -> Call:
        """
        Press keys in a running Gather or Menu.

        Args:
            world: Whose.
            sid: The call's.
            digits: The keys.

        Raises:
            CallNotFound: The account has no such call.
            NoFlow: The call is in no flow.
            NotOnTheLine: The call has ended.
            GathersNothing: It is in another step.
        """
        with world.living():
            call, now = self._in_flow(world, sid), world.clock.at(self._wall())
            place = standing(call, now)
            if call.question is not None or place is None or _applet(call, place) not in _GATHERS:
                raise GathersNothing(sid, where(call, place))

            def tell() -> None:
                world.tell(Did.PRESSED, self._wall(), sid, digits=digits)

            return self._changing.change(world, call, Came(Pressed(digits)), tell)

    def _in_flow(self, world: World, sid: str) -> Call:
        call = self._store.calls.one(world.sid, sid)
        if call is None:
            raise CallNotFound(sid)
        if call.flows is None:
            raise NoFlow(f"call {sid} is in no flow of its scenario")
        if call.ended:
            raise NotOnTheLine(f"call {sid} has ended: nobody is asked, and nobody presses keys")
        return call


def standing(call: Call, now: int) -> Passage | None:
    """The step in which a call is; None before its flow begins, and after its end."""
    reached = [each for each in call.walked.path if each.at <= now]
    return reached[-1] if reached else None


def _applet(call: Call, place: Passage) -> Applet:
    assert call.flows is not None
    return call.flows[place.app].steps[place.step].applet


def where(call: Call, place: Passage | None) -> str:
    """Where a call is, in words."""
    if place is None:
        return "its flow has not begun"
    step = _applet(call, place)
    name = f"{step} (step {place.step + 1} of flow {place.app})"
    return f"it waits for an answer in {name}" if call.question is not None else f"it is in {name}"
