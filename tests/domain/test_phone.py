"""People at the telephones: what they can do, and what comes of it."""

import pytest

from conftest import EXOPHONE, FROM, NOON, TO
from exomock.domain.clock import SECOND
from exomock.domain.errors import NotOnTheLine, PhoneCannot
from exomock.domain.fate import BY_PERSON, Does, Fate, Outcome
from exomock.domain.leg import Event
from exomock.domain.number import NOBODY
from exomock.domain.order import Direction, Order
from exomock.domain.phone import Decide, by_people, can
from exomock.domain.script import Choice, Party, Script
from exomock.domain.sid import call_key
from exomock.domain.span import seconds
from exomock.engine.happening import happen
from exomock.engine.placing import planned
from exomock.engine.replanning import replan
from exomock.numbering import read_number

ORDER = Order(*map(read_number, (FROM, TO, EXOPHONE)))
PEOPLE = by_people(Script())
QUIET = (Event.ENDED, Event.FILLED)
RINGS = (Does.ANSWER, Does.REJECT, Does.NO_ANSWER)


class Phones:
    """A call whose telephones people answer."""

    def __init__(self, script=PEOPLE, **order):
        placed = Order(
            **{**{name: getattr(ORDER, name) for name in ("from_", "to", "exophone")}, **order}
        )
        self.now = NOON
        key = call_key(1, "a", "0" * 64, 0)
        self.call = happen(planned("a", placed, Choice(script, "rule"), key, NOON, 0), NOON)[0]

    def after(self, length):
        """Let so many seconds pass."""
        self.now += length * SECOND
        self.call = happen(self.call, self.now)[0]
        return self

    def does(self, who, does):
        """A person decides now."""
        change = Decide(Party(who), Does(does))
        self.call = happen(replan(self.call, change, self.now), self.now)[0]
        return self

    @property
    def events(self):
        """What happens: seconds, leg, event."""
        return [
            ((at - NOON) // SECOND, leg, str(event))
            for at, leg, event in self.call.plan
            if event not in QUIET
        ]

    @property
    def status(self):
        """Its status at its end."""
        return str(self.call.played_to(len(self.call.plan)).status)


class TestNobodyDecides:
    def test_it_rings_until_time_out(self):
        """30 s, or what the order says: then it is no answer."""
        assert [(0, 0, "dialed"), (30, 0, "rang-out")] == Phones().events
        assert [(0, 0, "dialed"), (7, 0, "rang-out")] == Phones(time_out=7).events

    def test_a_time_beside_the_word_ends_the_ringing_sooner(self):
        """As it does for no_answer."""
        script = Script(leg1=Outcome(Fate.PERSON, seconds(5)))
        assert [(0, 0, "dialed"), (5, 0, "rang-out")] == Phones(script).events


class TestSomebodyAnswers:
    def test_they_talk_until_one_hangs_up(self):
        """`talk` does not count; without a hang-up TimeLimit ends the call after 14,400 s."""
        phones = Phones().after(3).does("from", "answer")
        assert [(3, 1, "dialed"), (33, 1, "rang-out"), (33, 0, "hung-up")] == phones.events[2:]
        phones.after(2).does("to", "answer")
        assert [(14_405, 0, "hung-up"), (14_405, 1, "hung-up")] == phones.events[4:]
        phones.after(60).does("to", "hangup")
        assert [(65, 1, "hung-up"), (65, 0, "hung-up")] == phones.events[4:]
        assert ("completed", 60) == (phones.status, phones.call.conversation)

    def test_time_limit_ends_it(self):
        """The one that was asked for."""
        phones = Phones(time_limit=10).does("from", "answer").does("to", "answer")
        assert (10, 1, "hung-up") == phones.events[-1]

    @pytest.mark.parametrize("order", [{"flow": "926"}, {"to": NOBODY, "stream": "wss://x/"}])
    def test_a_call_of_one_leg_lasts_as_long(self, order):
        """A flow that no scenario holds, and a stream."""
        assert (14_400, 0, "hung-up") == Phones(**order).does("from", "answer").events[-1]

    def test_whom_a_scenario_plays_answers_in_his_time(self):
        """From is a person, To answers after 6 s: then the person decides how long they talk."""
        phones = Phones(Script(leg1=BY_PERSON)).does("from", "answer")
        assert [(0, 1, "dialed"), (6, 1, "answered")] == phones.events[2:4]
        assert (14_406, 1, "hung-up") == phones.events[-1]


class TestNobodyWantsTo:
    @pytest.mark.parametrize(
        ("who", "does", "status"),
        [
            ("from", "reject", "busy"),
            ("from", "no_answer", "no-answer"),
            ("to", "reject", "busy"),
            ("to", "no_answer", "no-answer"),
        ],
    )
    def test_the_call_ends_now(self, who, does, status):
        """With the status of that leg."""
        phones = Phones()
        if who == "to":
            phones.does("from", "answer")
        phones.after(4).does(who, does)
        assert (4, status) == (phones.events[-1][0], phones.status)

    def test_from_is_dialled_again_as_max_retries_says(self):
        """No answer is; a person can take the next one."""
        phones = Phones(max_retries=1).after(4).does("from", "no_answer")
        assert [(4, 0, "rang-out"), (4, 0, "dialed"), (34, 0, "rang-out")] == phones.events[1:]
        assert [(5, 0, "rang-out")] == phones.after(1).does("from", "no_answer").events[3:]


class TestTakingOver:
    def test_a_person_takes_a_call_that_a_scenario_plays(self):
        """From would answer after 4 s, and To would be busy."""
        phones = Phones(Script(leg2=Outcome(Fate.BUSY, seconds(20))))
        phones.after(1).does("from", "answer").after(1).does("to", "answer")
        assert [(1, 0, "answered"), (1, 1, "dialed"), (2, 1, "answered")] == phones.events[1:4]

    def test_a_stuck_call_ends_by_what_people_do(self):
        """It does not ring for ever once one decides."""
        phones = Phones(Script(stuck=True)).after(1).does("from", "reject")
        assert ("busy", False) == (phones.status, phones.call.stuck)


class TestWhatCanBeDone:
    def test_follows_the_telephone(self):
        """Rings: three things; talks: one; else nothing."""
        phones = Phones()
        assert (RINGS, ()) == (can(phones.call, Party.FROM), can(phones.call, Party.TO))
        phones.does("from", "answer")
        assert ((Does.HANGUP,), RINGS) == (can(phones.call, Party.FROM), can(phones.call, Party.TO))
        phones.does("to", "reject")
        assert ((), ()) == (can(phones.call, Party.FROM), can(phones.call, Party.TO))

    def test_whoever_calls_in_can_only_hang_up(self):
        """It has dialled, so that its telephone does not ring."""
        phones = Phones(direction=Direction.INBOUND, to=ORDER.exophone)
        assert (Does.HANGUP,) == can(phones.call, Party.FROM)
        assert RINGS == can(phones.call, Party.TO)

    def test_whatever_else_is_refused_with_where_the_call_is(self):
        """Nothing changes; what can be done is named."""
        phones = Phones()
        with pytest.raises(PhoneCannot, match=r"'to' .*cannot do 'answer' now: leg 1 is ringing"):
            phones.does("to", "answer")
        with pytest.raises(PhoneCannot, match="it can do answer or reject or no_answer"):
            phones.does("from", "hangup")
        with pytest.raises(NotOnTheLine, match="has ended: nothing can happen to it"):
            phones.does("from", "reject").does("from", "answer")
