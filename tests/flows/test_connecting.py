"""Connect: whom it dials, what comes of each attempt, where it leads, and what is said of it."""

import json
from dataclasses import replace

import pytest

from exomock.api.records import call_details
from exomock.domain.fate import Fate, Outcome
from exomock.domain.flows.people import Agents, Caller, HangsUp, Where
from exomock.domain.recording import has_recording
from exomock.domain.script import Party, Script
from exomock.domain.span import seconds
from flows.flowing import INBOUND, ORDER, URL, Flowing, flow, step

ONE, TWO, THREE = "09811100001", "09811100002", "09811100003"
POPUP = "http://127.0.0.1:3000/popup"
STATIC = step("connect", numbers=(ONE,), exits={"talked": 1, "nobody": 2, "not_dialled": 3})
ENDS = [step("passthru", url=URL, name=name) for name in ("talked", "nobody", "not_dialled")]

ANSWERS, BUSY = Outcome(Fate.ANSWER, seconds(5)), Outcome(Fate.BUSY, seconds(2))
SILENT = Outcome(Fate.NO_ANSWER)


def people(*agents, talk=40, by=Party.TO, **more):
    """A script whose agents do this, in the order of dialling; the last does it again."""
    return Script(
        leg2=agents[-1], agents=Agents(in_order=agents), talk=seconds(talk), hangup_by=by, **more
    )


def ended(connect):
    """A flow of a Connect, each exit of which tells a URL of its own and then ends."""
    whole = flow(connect, *ENDS)
    return replace(whole, steps=(connect, *ENDS))


def connected(connect, script, *answers, order=INBOUND):
    """A call whose Connect got these answers, and that then tells its last URL."""
    flowing = Flowing(ended(connect), script=script, order=order)
    for answer in answers:
        flowing.answer(*answer)
    return flowing.answer()


def dynamic(**more):
    """A step that asks whom to dial, and the answer it gets."""
    answer = {"destination": {"numbers": [ONE, TWO, THREE]}, **more}
    return replace(STATIC, url=URL, dynamic=True), (200, json.dumps(answer), "application/json")


# Section 5, "What happened → what is said", row by row.
ROWS = [
    pytest.param(
        people(ANSWERS), "completed", "completed", ("NORMAL_CLEARING", "16"), "Callee",
        ["completed", "completed"], id="talked, agent ended",
    ),
    pytest.param(
        people(ANSWERS, by=Party.FROM), "completed", "completed", ("NORMAL_CLEARING", "16"),
        "Caller", ["completed", "completed"], id="talked, caller ended",
    ),
    pytest.param(
        people(ANSWERS, talk=2000), "completed", "completed", ("NORMAL_CLEARING", "16"),
        "Exotel", ["completed", "completed"], id="conversation limit",
    ),
    pytest.param(
        people(SILENT), "incomplete", "no-answer", ("RING_TIMEOUT", "1003"), "Exotel",
        ["completed", "no-answer"], id="agent rang out",
    ),
    pytest.param(
        people(BUSY), "incomplete", "busy", ("USER_BUSY", "17"), "Operator",
        ["completed", "busy"], id="agent busy or rejects",
    ),
    pytest.param(
        people(Outcome(Fate.UNREACHABLE)), "incomplete", "failed", ("UNALLOCATED_NUMBER", "1"),
        "Operator", ["completed", "failed"], id="agent unreachable",
    ),
    pytest.param(
        people(Outcome(Fate.CANCEL)), "client-hangup", "canceled", ("RING_TIMEOUT", "1003"),
        "Caller", ["completed", "canceled"], id="caller leaves while agent rings",
    ),
]  # fmt: skip


class TestWhatIsSaid:
    @pytest.mark.parametrize(("script", "kind", "dial", "cause", "by", "legs"), ROWS)
    def test_by_the_next_passthru(self, script, kind, dial, cause, by, legs):
        """CallType, DialCallStatus, the agent's leg; the call is completed, its legs as they were."""
        flowing = connected(STATIC, script)
        said = flowing.says()

        assert (kind, dial) == (said["CallType"], said["DialCallStatus"])
        assert cause == (said["Legs[0][CauseCode]"], said["Legs[0][Cause]"])
        assert by == said["Legs[0][DisconnectedBy]"]
        assert ("completed", legs) == (flowing.status, flowing.legs)

    def test_of_two_of_whom_the_second_talks(self):
        """One leg per agent dialled, in dialling order; the whole as the second."""
        connect = replace(STATIC, numbers=(ONE, TWO), ring=20)
        said = connected(connect, people(SILENT, ANSWERS)).says()

        assert ("completed", "completed", TWO) == (
            said["CallType"], said["DialCallStatus"], said["DialWhomNumber"],
        )  # fmt: skip
        assert (ONE, "RING_TIMEOUT", "0") == (
            said["Legs[0][Number]"], said["Legs[0][CauseCode]"], said["Legs[0][OnCallDuration]"],
        )  # fmt: skip
        assert (TWO, "NORMAL_CLEARING", "40") == (
            said["Legs[1][Number]"], said["Legs[1][CauseCode]"], said["Legs[1][OnCallDuration]"],
        )  # fmt: skip
        assert "65" == said["DialCallDuration"]

    def test_of_nobody_dialled_is_as_before(self):
        """call-attempt, no DialCallStatus, no legs."""
        flowing = connected(replace(STATIC, numbers=()), people(ANSWERS))
        said = flowing.says()

        assert ("call-attempt", "0", "") == (
            said["CallType"], said["DialCallDuration"], said["DialWhomNumber"],
        )  # fmt: skip
        assert not {"DialCallStatus", "ForwardedFrom", "OutgoingPhoneNumber"} & said.keys()

    def test_of_a_recording_only_where_they_talked(self):
        """RecordingUrl and when it plays: five minutes after the request."""
        talked, lost = (
            connected(replace(STATIC, record=True), people(agent)) for agent in (ANSWERS, BUSY)
        )
        over = talked.call.played_to(len(talked.call.plan))

        assert "http://rec/x.mp3" == talked.says()["RecordingUrl"]
        assert "Sun, 01 Mar 2026 12:05:45" == talked.says()["RecordingAvailableBy"]
        assert "RecordingUrl" not in lost.says()
        assert (True, 40) == (has_recording(over), over.conversation)

    def test_of_an_outbound_call(self):
        """Leg 1 alone counts and is shown, whatever the agents do."""
        flowing = connected(STATIC, people(BUSY), order=replace(ORDER, custom_field="bits"))

        over = flowing.call.played_to(len(flowing.call.plan))

        assert ("completed", None) == (flowing.status, call_details(over)["Leg2Status"])
        assert ("outbound-dial", "bits") == (
            flowing.says()["Direction"], flowing.says()["CustomField"],
        )  # fmt: skip


class TestTheExits:
    @pytest.mark.parametrize(
        ("connect", "script", "exit_"),
        [
            pytest.param(STATIC, people(ANSWERS), "talked", id="after the conversation"),
            pytest.param(STATIC, people(SILENT), "nobody", id="rang out"),
            pytest.param(STATIC, people(Outcome(Fate.CANCEL)), "nobody", id="caller left"),
            pytest.param(
                STATIC, people(Outcome(Fate.NONE)), "not_dialled", id="caller left before"
            ),
            pytest.param(replace(STATIC, numbers=()), people(ANSWERS), "not_dialled", id="empty"),
        ],
    )
    def test_are_three(self, connect, script, exit_):
        """After the call conversation ends; if nobody answers; we didn't dial anyone."""
        flowing = connected(connect, script)

        assert exit_ == flowing.exits[0]

    def test_the_caller_stays_when_the_agent_hangs_up(self):
        """It hears the next greeting; when the caller hangs up, nobody does."""
        stays, leaves = (connected(STATIC, people(ANSWERS, by=by)) for by in (Party.TO, Party.FROM))

        assert [(45, 1, "hung-up"), (45, 0, "asked"), (45, 0, "hung-up")] == stays.events[-3:]
        assert [(45, 0, "hung-up"), (45, 1, "hung-up"), (45, 0, "asked")] == leaves.events[-3:]


class TestDialling:
    def test_picks_the_caller_up_when_an_agent_answers(self):
        """Until then an inbound caller hears ringing; nobody answers: it is never picked up."""
        talked, lost = (connected(STATIC, people(agent)) for agent in (ANSWERS, BUSY))

        assert [(5, 1, "answered"), (5, 0, "answered")] == talked.events[2:4]
        assert (2, 0, "released") == lost.events[-1]

    @pytest.mark.parametrize(("ring", "rings"), [(None, 30), (12, 12)])
    def test_rings_for_so_long(self, ring, rings):
        """30 s where nobody says; TimeOut is From's alone."""
        order = replace(ORDER, time_out=3)
        script = replace(people(SILENT), leg1=Outcome(Fate.ANSWER, seconds(0)))
        flowing = connected(replace(STATIC, ring=ring), script, order=order)

        assert (rings, 1, "rang-out") in flowing.events

    def test_goes_on_at_once_after_one_that_is_busy(self):
        """Sequential: the next is dialled in the moment the last is lost."""
        flowing = connected(replace(STATIC, numbers=(ONE, TWO)), people(BUSY, ANSWERS))

        assert [(2, 1, "rejected"), (2, 2, "dialed"), (7, 2, "answered")] == flowing.events[2:5]

    def test_of_many_at_once_is_won_by_the_first_to_answer(self):
        """Two ring together; the loser's leg is cancelled; the third is never dialled."""
        connect = replace(STATIC, numbers=(ONE, TWO, THREE), parallel=2)
        flowing = connected(connect, people(SILENT, ANSWERS))
        said = flowing.says()

        assert [(0, 1, "dialed"), (0, 2, "dialed")] == flowing.events[1:3]
        assert {(5, 2, "answered"), (5, 1, "canceled")} <= set(flowing.events)
        assert (TWO, "0") == (said["DialWhomNumber"], said["Legs[0][OnCallDuration]"])
        assert "Legs[2][Number]" not in said

    @pytest.mark.parametrize(
        ("agents", "reached"), [((BUSY, ANSWERS), TWO), ((BUSY, SILENT), TWO), ((ANSWERS,), ONE)]
    )
    def test_reaches_who_talked_or_was_dialled_last(self, agents, reached):
        """The To of a call that came in; nobody where nobody was dialled."""
        flowing = connected(replace(STATIC, numbers=(ONE, TWO)), people(*agents))
        nobody = connected(replace(STATIC, numbers=()), people(ANSWERS))

        assert (reached, None) == (flowing.walked.reached.shown, nobody.walked.reached)

    def test_by_number_comes_before_the_order_of_dialling(self):
        """`agents:` by number; whoever is not named does what leg 2 does."""
        agents = Agents(by_number={"+919811100002": BUSY}, in_order=(SILENT,))
        script = Script(leg2=ANSWERS, agents=agents)
        flowing = connected(replace(STATIC, numbers=(TWO, ONE)), script)

        assert ["busy", "completed"] == flowing.legs[1:]

    def test_an_agent_who_declines_by_the_control_api_is_busy(self):
        """2 s into the ringing; the caller goes on to the next."""
        flowing = Flowing(ended(replace(STATIC, numbers=(ONE, TWO))), script=people(SILENT))
        flowing.after(6).leave(Party.TO)

        assert [(6, 1, "rejected"), (6, 2, "dialed")] == flowing.events[3:5]

    @pytest.mark.parametrize(("by", "who"), [(Party.FROM, "Caller"), (Party.TO, "Callee")])
    def test_a_conversation_ends_by_the_control_api(self, by, who):
        """Whoever hangs up is said to have disconnected."""
        flowing = Flowing(ended(STATIC), script=people(ANSWERS)).after(20).leave(by).answer()

        assert ("11", who) == (
            flowing.says()["Legs[0][OnCallDuration]"],
            flowing.says()["Legs[0][DisconnectedBy]"],
        )

    def test_a_caller_hangs_up_in_it(self):
        """`{in: connect, after: 6s}`."""
        script = replace(people(SILENT), caller=Caller(hangs_up=HangsUp(seconds(6), Where.CONNECT)))
        flowing = connected(STATIC, script)

        assert [(6, 1, "canceled"), (6, 0, "released")] == flowing.events[2:4]
        assert "client-hangup" == flowing.says()["CallType"]


class TestWhom:
    def test_a_url_says(self):
        """dial-whom: text/plain, a list with commas, any spelling."""
        connect = replace(STATIC, url=URL)
        answer = (200, f"{ONE}, +91 98111-00002,sip:a@b.example", "text/plain")
        said = connected(connect, people(BUSY), answer).says()

        assert [ONE, TWO, "sip:a@b.example"] == [said[f"Legs[{i}][Number]"] for i in range(3)]

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            pytest.param((200, "", "text/plain"), "the answer names nobody", id="empty"),
            pytest.param((404, ONE, "text/plain"), "the answer was 404, expected 200", id="404"),
            pytest.param(
                (200, f'["{ONE}"]', "application/json"),
                "the answer's Content-Type was 'application/json', expected text/plain",
                id="type",
            ),
            pytest.param(
                (200, "Asha", "text/plain"), "'Asha' in the body is not a telephone number", id="no"
            ),
            pytest.param(
                (200, ",".join([ONE] * 101), "text/plain"),
                "the body has 101 numbers, expected at most 100",
                id="over 100",
            ),
        ],
    )
    def test_a_url_that_answers_wrong_dials_nobody(self, answer, why):
        """The third exit, and one sentence."""
        flowing = connected(replace(STATIC, url=URL), people(ANSWERS), answer)

        assert ("not_dialled", why) == (flowing.exits[0], flowing.whys[0])

    def test_a_dynamic_answer_says_how_too(self):
        """How long each rings and talks, whether it is recorded, and which number agents see."""
        connect, answer = dynamic(
            max_ringing_duration="7", max_conversation_duration=20, record=True,
            outgoing_phone_number="+918047110000", parallel_ringing={},
        )  # fmt: skip
        flowing = connected(connect, people(SILENT, ANSWERS), answer)
        said = flowing.says()

        assert (7, 1, "rang-out") in flowing.events
        assert ("20", "Exotel") == (
            said["Legs[1][OnCallDuration]"], said["Legs[1][DisconnectedBy]"],
        )  # fmt: skip
        assert ("08047110000", "08047110000") == (
            said["OutgoingPhoneNumber"], said["Legs[0][CallerId]"],
        )  # fmt: skip
        assert "RecordingUrl" in said

    def test_a_dynamic_answer_may_ring_all_at_once(self):
        """`parallel_ringing`."""
        connect, answer = dynamic(parallel_ringing={"activate": True, "max_parallel_attempts": "3"})
        flowing = connected(connect, people(ANSWERS), answer)

        assert 3 == len([each for each in flowing.events if each[2] == "dialed"]) - 1

    def test_is_fetched_again_after_each_attempt(self):
        """Until somebody talks; only the first request has the digits and no leg."""
        connect, answer = dynamic(fetch_after_attempt=True)
        flowing = connected(connect, people(BUSY, BUSY, ANSWERS), answer, answer, answer)

        assert ["GET connect"] * 3 + ["GET passthru"] == flowing.asked
        assert ["busy", "busy", "completed"] == flowing.legs[1:]

    def test_is_fetched_until_nobody_is_named(self):
        """Then nobody answered."""
        connect, answer = dynamic(fetch_after_attempt=True)
        nobody = (200, '{"destination": {"numbers": []}}', "application/json")
        flowing = connected(connect, people(BUSY), answer, nobody)

        assert "nobody" == flowing.exits[0]
        assert f"nobody answered, {ONE}, the last, was busy" in flowing.whys[0]

    def test_is_not_fetched_for_ever(self):
        """A server that names the same again and again ends at the 100 steps of a call."""
        connect, answer = dynamic(fetch_after_attempt=True)
        flowing = Flowing(ended(connect), script=people(BUSY))
        for _ in range(100):
            flowing.answer(*answer)

        assert 100 == len(flowing.asked)
        assert "not asked again" in flowing.whys[0]
        assert flowing.call.played_to(len(flowing.call.plan)).ended

    def test_the_fallback_says_where_the_first_answer_is_not_right(self):
        """Then the third exit."""
        connect, answer = dynamic()
        connect = replace(connect, fallback="http://127.0.0.1/b")
        flowing = connected(connect, people(ANSWERS), (500, ""), answer)
        neither = connected(connect, people(ANSWERS), (500, ""), (500, ""))

        assert ["talked", "not_dialled"] == [flowing.exits[0], neither.exits[0]]


class TestThePopUp:
    def told(self, flowing):
        return [
            (
                round((each.at - flowing.call.created) / 1e6),
                each.popup.event,
                each.popup.agent.shown,
            )
            for each in flowing.walked.enquiries
            if each.popup
        ]

    def test_is_told_of_each_attempt(self):
        """Dial 1, Terminal 1, Dial 2, Answered 2, Terminal 2; the last before the next request."""
        connect = replace(STATIC, numbers=(ONE, TWO), ring=20, popup=POPUP)
        flowing = connected(connect, people(SILENT, ANSWERS))

        assert [
            (0, "Dial", ONE), (20, "Terminal", ONE),
            (20, "Dial", TWO), (25, "Answered", TWO), (65, "Terminal", TWO),
        ] == self.told(flowing)  # fmt: skip
        assert "GET passthru" == flowing.asked[-1]

    def test_is_told_by_these_parameters(self):
        """Status busy until the agent is free; Direction is the call's."""
        flowing = connected(replace(STATIC, popup=POPUP), people(BUSY))
        first, last = flowing.says(1), flowing.says(2)

        assert [
            "CallSid", "CallFrom", "CallTo", "Direction", "Created", "From", "To", "CurrentTime",
            "DialWhomNumber", "Status", "EventType",
        ] == list(first)  # fmt: skip
        assert ("busy", "Dial", "incoming") == (
            first["Status"], first["EventType"], first["Direction"],
        )  # fmt: skip
        assert ("free", "Terminal", ONE) == (
            last["Status"], last["EventType"], last["DialWhomNumber"],
        )  # fmt: skip

    def test_is_told_when_time_limit_or_the_caller_ends_it(self):
        """`Terminal` whatever happened."""
        order = replace(ORDER, time_limit=20)
        cut = Flowing(ended(replace(STATIC, popup=POPUP)), script=people(ANSWERS), order=order)
        left = Flowing(ended(replace(STATIC, popup=POPUP)), script=people(SILENT)).after(6).leave()

        assert (24, "Terminal", ONE) == self.told(cut)[-1]
        assert (6, "Terminal", ONE) == self.told(left)[-1]

    def test_is_named_by_a_dynamic_answer(self):
        """`dial_passthru_event_url` of this call."""
        connect, answer = dynamic(dial_passthru_event_url=POPUP)
        flowing = connected(connect, people(BUSY), answer)

        assert [POPUP] * 6 == [each.url for each in flowing.walked.enquiries if each.popup]
