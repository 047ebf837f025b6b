"""What the world does to a call in a flow: its questions are answered, keys are pressed."""

import logging
from collections.abc import Callable

from exomock.domain.call import Call
from exomock.domain.changes import Press, Replied
from exomock.domain.errors import CallNotFound, DomainError, NoQuestion, NotOnTheLine
from exomock.domain.flows.inputs import Answered, Lasts, Reply, Silent
from exomock.domain.flows.walked import Asks, Enquiry
from exomock.domain.question import Question, question_of
from exomock.engine.changing import Changing
from exomock.engine.items import Did
from exomock.engine.walks import walk_of
from exomock.engine.world import World
from exomock.plain import masked, plain
from exomock.storage.store import Store

_log = logging.getLogger("exomock.flows")

FAILED = "exomock itself failed, as its log says"
_MOST_LENGTHS, _LONGEST_URL = 256, 1000
"""How many lengths of audio files an account keeps, and of how long a URL (characters)."""

TOO_LONG = "its body is longer than 64 KB"
"""Why an answer that came is none: no more of a body is read. Source: issue 12."""


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

    def ended(self, world: World, epoch: int, sid: str, number: int, came: Reply) -> None:
        """
        Note what came of asking a question; does nothing where it is open no more.

        Args:
            world: Whose.
            epoch: The epoch in which it was asked.
            sid: The call's.
            number: The question's place among all that the call asks and tells, from 1.
            came: The answer, or that none will come; how long an audio file is, where it is read.
        """
        with world.state:
            call = self._store.calls.one(world.sid, sid) if world.epoch == epoch else None
            question = None if call is None or call.ended else question_of(call)
            # After a kill a question is asked again, and the control API may have answered it.
            if call is not None and question is not None and question.number == number:
                self._answer(world, call, Replied(number, came))
                if isinstance(came, Lasts):
                    _keep_length(world, walk_of(call).enquiries[number - 1].url, came.length)

    def _answer(self, world: World, call: Call, replied: Replied) -> None:
        try:
            _say_unfit(self._changing.change(world, call, replied), replied.number)
        except (DomainError, ValueError, TypeError, LookupError, RecursionError):
            # An answer comes from outside. If one is more than we can bear, its call must go on.
            _log.exception("the answer to a question of call %s could not be used", call.sid)
            self._changing.change(world, call, Replied(replied.number, Silent(FAILED)))

    def reply(self, world: World, sid: str, answer: Answered) -> Call:
        """
        Answer the open question of a call, else the next one that it asks.

        An audio file that is being fetched is no question that anybody could answer so.

        Args:
            world: Whose.
            sid: The call's.
            answer: The answer.

        Raises:
            CallNotFound: The account has no such call.
            NoQuestion: The call walks through no flow.
            NotOnTheLine: The call has ended.
        """
        with world.living():
            call = self._call(world, sid)
            if not call.flows:
                raise NoQuestion(
                    f"call {sid} walks through no flow of its scenario: it asks nobody"
                )
            if call.ended:
                raise NotOnTheLine(f"call {sid} has ended: it asks nobody any more")

            def tell() -> None:
                world.tell(Did.REPLIED, self._wall(), sid, status=answer.status)

            question = question_of(call)
            if question is None or _asked_by(call, question).kind is Asks.AUDIO:
                return self._changing.keep(world, call, answer, tell)
            return self._changing.change(world, call, Replied(question.number, answer), tell)

    def press(self, world: World, sid: str, digits: str) -> Call:
        """
        Press keys in a running Gather or Menu.

        Args:
            world: Whose.
            sid: The call's.
            digits: The keys.

        Raises:
            CallNotFound: The account has no such call.
            NotOnTheLine: The call has ended.
            NotGathering: It is where no keys are taken; the message says where.
        """
        with world.living():

            def tell() -> None:
                world.tell(Did.PRESSED, self._wall(), sid, digits=digits)

            return self._changing.change(world, self._call(world, sid), Press(digits), tell)

    def _call(self, world: World, sid: str) -> Call:
        call = self._store.calls.one(world.sid, sid)
        if call is None:
            raise CallNotFound(sid)
        return call


def _asked_by(call: Call, question: Question) -> Enquiry:
    return walk_of(call).enquiries[question.number - 1]


def _keep_length(world: World, url: str, length: int) -> None:
    """Keep how long a file is. Source: exotel-flows.md section 3: "cached by URL" (V 84548)."""
    world.held()
    if len(url) > _LONGEST_URL:
        return
    if len(world.lengths) == _MOST_LENGTHS:
        del world.lengths[next(iter(world.lengths))]
    world.lengths[url] = length


def _say_unfit(call: Call, number: int) -> None:
    """Say in the log that an answer was not what its applet asked for."""
    walk = walk_of(call)
    why, enquiry = walk.unfit.get(number), walk.enquiries[number - 1]
    came = call.inputs[-1].what
    # The log tells of an answer that did not come with its failed try. It does not tell there what
    # that means for an audio file.
    told = isinstance(came, Answered) or came == Silent(TOO_LONG) or enquiry.kind is Asks.AUDIO
    if why is not None and told:
        _log.warning(
            "%s question of call %s to %s: %s", enquiry.kind, call.sid, plain(masked(enquiry.url)),
            plain(why),
        )  # fmt: skip
