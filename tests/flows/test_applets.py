"""The applets, one by one: where each leads, and what the caller and the requests see of it."""

from dataclasses import replace

import pytest

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.errors import NoQuestion, NotGathering, NotOnTheLine
from exomock.domain.flows.inputs import TIMEOUT
from exomock.domain.flows.people import Caller, HangsUp, Where
from exomock.domain.flows.steps import Canned, Exit, Interval, Prompt
from exomock.domain.price import Price
from exomock.domain.recording import has_recording
from exomock.domain.script import Party, Script
from exomock.domain.span import seconds
from flows.flowing import INBOUND, ORDER, URL, Flowing, flow, step

END = step("passthru", url=URL)
HANGUP = step("hangup")


def presses(*keys, **more):
    """A script whose caller presses these keys."""
    return Script(caller=Caller(presses=keys, **more))


class TestAMissedCall:
    def test_is_never_picked_up(self):
        """It rings, the URL is told, the flow hangs up: nobody pays, and no leg has a status."""
        flowing = Flowing(flow(END, HANGUP), order=INBOUND).answer(200)

        assert [(0, 0, "dialed"), (0, 0, "asked"), (0, 0, "missed")] == flowing.events
        assert ("completed", [None, None]) == (flowing.status, flowing.legs)
        assert "call-attempt" == flowing.says()["CallType"]

    @pytest.mark.parametrize(
        ("applet", "more"),
        [
            pytest.param("greeting", {"prompt": Prompt("hello")}, id="greeting"),
            pytest.param("menu", {"prompt": Prompt("press 1")}, id="menu"),
            pytest.param("gather", {"prompt": Prompt("your PIN")}, id="gather"),
            pytest.param("voicemail", {}, id="voicemail"),
        ],
    )
    def test_is_picked_up_by_what_is_heard(self, applet, more):
        """Then the caller's leg is completed; a call that is placed was answered before."""
        flowing = Flowing(flow(END, step(applet, **more)), order=INBOUND).answer(200)

        assert (0, 0, "answered") in flowing.events
        assert ["completed", None] == flowing.legs


class TestPassthru:
    @pytest.mark.parametrize(
        ("status", "branch"),
        [
            pytest.param(200, "200", id="200"),
            pytest.param(302, "302", id="302"),
            pytest.param(201, "200", id="another success ?"),
            pytest.param(404, "302", id="404"),
            pytest.param(405, "302", id="405"),
            pytest.param(500, "302", id="500"),
            pytest.param(301, "302", id="another redirect ?"),
        ],
    )
    def test_is_steered_by_the_status(self, status, branch):
        """200 is one branch, 302 the other; errors take the second."""
        flowing = Flowing(flow(replace(END, exits={"200": 1, "302": 2}), HANGUP, HANGUP))
        flowing.answer(status, "a body that nobody reads")

        assert branch == flowing.exits[0]
        assert f"the answer was {status}" == flowing.whys[0]

    @pytest.mark.parametrize(
        ("why", "takes"),
        [pytest.param(TIMEOUT, 5, id="timeout"), pytest.param("refused", 0, id="refused")],
    )
    def test_without_an_answer_takes_the_second_branch(self, why, takes):
        """A timeout takes 5 s of the account's time; what is refused takes none."""
        flowing = Flowing(flow(END, HANGUP)).silent(why)

        assert ["302", ""] == flowing.exits
        assert f"no good answer came, because {why}" == flowing.whys[0]
        assert (4 + takes, 0, "hung-up") == flowing.events[-1]

    def test_takes_time_where_it_says_so(self):
        """`takes: 2s`: the caller waits for two seconds, whenever the reply came."""
        slow = replace(END, takes=seconds(2))
        early, late = (Flowing(flow(slow, HANGUP)).until_asked() for _ in range(2))
        late.after(300)

        assert early.answer().events == late.answer().events
        assert (6, 0, "hung-up") == early.events[-1]

    def test_that_is_asynchronous_waits_for_nothing(self):
        """It is told, not asked; the flow goes on at once by the first exit."""
        flowing = Flowing(flow(replace(END, asynchronous=True), HANGUP))

        assert [(4, 0, "told"), (4, 0, "hung-up")] == flowing.events[-2:]
        assert flowing.question is None
        assert [False] == [each.steers for each in flowing.walked.enquiries]

    def test_with_a_canned_answer_asks_nobody(self):
        """`answer: 302`."""
        flowing = Flowing(flow(replace(END, answer=Canned(302)), HANGUP))

        assert (["302", ""], []) == (flowing.exits, flowing.asked)


class TestSwitch:
    SWITCH = step("switch", exits={"sales": 2, "42": 3, "otherwise": 4})

    def flow(self, first):
        return flow(first, self.SWITCH, *[step("hangup")] * 3)

    @pytest.mark.parametrize(
        ("answer", "exit_"),
        [
            pytest.param((200, '{"select": "sales"}', "text/plain"), "sales", id="a case"),
            pytest.param(
                (200, '{"select": "sales"}', "text/plain; charset=utf-8"), "sales", id="charset"
            ),
            pytest.param((200, '{"select": "Sales"}', "text/plain"), "otherwise", id="exact"),
            pytest.param((200, "sales", "text/plain"), "otherwise", id="not JSON"),
            pytest.param((200, '{"select": 42}', "text/plain"), "otherwise", id="a number"),
            pytest.param((200, '{"select": "sales"}', "text/html"), "otherwise", id="type"),
            pytest.param((302, '{"select": "sales"}', "text/plain"), "otherwise", id="not 200"),
        ],
    )
    def test_takes_the_case_that_the_passthru_selects(self, answer, exit_):
        """`{"select": "name"}` in a 200 of text/plain; else its default branch."""
        assert exit_ == Flowing(self.flow(END)).answer(*answer).exits[1]

    @pytest.mark.parametrize(("keys", "exit_"), [("42", "42"), ("7", "otherwise")])
    def test_matches_the_digits_where_no_passthru_was(self, keys, exit_):
        """After a Gather; afterwards requests have no digits any more."""
        steps = [step("gather", prompt=Prompt("city")), self.SWITCH, *[END] * 3]
        flowing = Flowing(flow(*steps), script=presses(keys))

        assert ["digits", exit_] == flowing.exits[:2]
        assert "digits" not in flowing.says()

    def test_with_nothing_before_it_takes_its_default(self):
        """Neither an answer nor keys."""
        assert ["otherwise", ""] == Flowing(flow(replace(self.SWITCH, exits={}), HANGUP)).exits


class TestGreeting:
    @pytest.mark.parametrize(
        ("text", "lasts"),
        [
            pytest.param("x" * 30, 2, id="15 characters a second"),
            pytest.param("hi", 1, id="at least one second"),
            pytest.param("", 0, id="silence"),
        ],
    )
    def test_lasts_as_long_as_what_it_plays(self, text, lasts):
        """A text by its characters; an audio file in test_audio.py."""
        flowing = Flowing(flow(step("greeting", prompt=Prompt(text)), HANGUP))

        assert (4 + lasts, 0, "hung-up") == flowing.events[-1]

    def test_asks_its_url_by_head_and_get(self):
        """The HEAD is told, the GET asks; the body is spoken."""
        flowing = Flowing(flow(step("greeting", prompt=Prompt(url=URL)), HANGUP))
        flowing.answer(200, "x" * 45, "text/plain")

        assert ["HEAD greeting", "GET greeting"] == flowing.asked
        assert (7, 0, "hung-up") == flowing.events[-1]

    @pytest.mark.parametrize(
        "answer", [(200, "x" * 45, "text/html"), (404, "x" * 45, "text/plain")]
    )
    def test_is_silence_where_the_answer_is_not_right(self, answer):
        """text/plain and nothing else; the flow goes on."""
        flowing = Flowing(flow(step("greeting", prompt=Prompt(url=URL)), HANGUP)).answer(*answer)

        assert (4, 0, "hung-up") == flowing.events[-1]
        assert "expected" in flowing.whys[0]


class TestGather:
    def gathered(self, *keys, **more):
        """Exit and digits of a Gather of "Your PIN" with these keys at its prompts."""
        gather = step("gather", prompt=Prompt("Your PIN"), **more)
        flowing = Flowing(flow(gather, END), script=presses(*keys)).answer()
        return flowing.exits[0], flowing.says()["digits"]

    @pytest.mark.parametrize(
        ("keys", "more", "exit_", "digits"),
        [
            pytest.param(["215250"], {}, "digits", '"215250"', id="by its timeout"),
            pytest.param(["12#34"], {}, "digits", '"12"', id="by the finish key"),
            pytest.param(["1234"], {"max_digits": 2}, "digits", '"12"', id="by max digits"),
            pytest.param(["1#2"], {"finish_on": "", "max_digits": 3}, "digits", '"1#2"', id="none"),
            pytest.param(["1*2"], {"finish_on": "*"}, "digits", '"1"', id="another finish key"),
            pytest.param([], {}, "nothing", '""', id="nothing"),
            pytest.param(["#"], {}, "nothing", '""', id="the finish key alone"),
            pytest.param([None, "7"], {"repeat": 1}, "digits", '"7"', id="at the second prompt"),
            pytest.param([None, None], {"repeat": 1}, "nothing", '""', id="nothing twice"),
        ],
    )
    def test_ends_by(self, keys, more, exit_, digits):
        """Digits travel on in quotes; nothing pressed is an empty pair of quotes."""
        assert (exit_, digits) == self.gathered(*keys, **more)

    def test_asks_for_its_terms(self):
        """A dynamic Gather; strings for numbers are taken, and Exotel-Version is sent by delivery."""
        gather = step("gather", url=URL, dynamic=True)
        flowing = Flowing(flow(gather, END), script=presses("4711"))
        body = '{"gather_prompt": {"text": "PIN"}, "max_input_digits": "3"}'
        flowing.answer(200, body, "application/json").answer()

        assert ["GET gather", "GET passthru"] == flowing.asked
        assert ('"471"', "in-progress") == (
            flowing.says()["digits"],
            flowing.says(1)["CallStatus"],
        )

    def test_asks_its_fallback_where_the_answer_is_not_right(self):
        """Both wrong: nothing, and the why says what each was."""
        gather = step("gather", url=URL, dynamic=True, fallback="http://127.0.0.1/b")
        flowing = Flowing(flow(gather, HANGUP)).answer(200, "[]").answer(500)

        assert [URL, "http://127.0.0.1/b"] == [each.url for each in flowing.walked.enquiries]
        assert ["nothing", ""] == flowing.exits
        assert (
            "the answer's body is JSON, but a list, expected an object; "
            "of the fallback URL: the answer was 500, expected 200"
        ) == flowing.whys[0]


class TestMenu:
    MENU = step(
        "menu", prompt=Prompt("Press 1 or 2"), exits={"1": 1, "12": 2, "wrong": 3, "nothing": 4}
    )

    @pytest.mark.parametrize(
        ("keys", "exit_"),
        [
            pytest.param(["1"], "1", id="a key"),
            pytest.param(["12"], "12", id="several digits"),
            pytest.param(["9"], "wrong", id="a wrong key"),
            pytest.param([], "nothing", id="nothing"),
        ],
    )
    def test_takes_the_branch_of_the_key(self, keys, exit_):
        """One for each key, one for a wrong one, one for nothing."""
        assert exit_ == Flowing(flow(self.MENU, *[HANGUP] * 4), script=presses(*keys)).exits[0]

    def test_sends_a_wrong_key_too(self):
        """It travels on as digits."""
        flowing = Flowing(flow(self.MENU, *[END] * 4), script=presses("9")).until_asked()

        assert '"9"' == flowing.says()["digits"]


class TestPressedKeys:
    GATHER = step("gather", prompt=Prompt("x" * 150))

    def test_cut_the_prompt_short(self):
        """Pressed 2 s into a prompt of 10 s: the Gather ends with the finish key, at once."""
        flowing = Flowing(flow(self.GATHER, HANGUP)).after(6).press("42#")

        assert (["digits", ""], (6, 0, "hung-up")) == (flowing.exits, flowing.events[-1])

    def test_come_one_after_another(self):
        """Without a finish key it ends 5 s after the last."""
        flowing = Flowing(flow(self.GATHER, HANGUP)).after(6).press("4").after(3).press("2")

        assert "the caller pressed 42" == flowing.whys[0]
        assert (14, 0, "hung-up") == flowing.events[-1]

    def test_take_the_place_of_those_that_were_to_come(self):
        """The script's keys that have come count, and the rest of them does not come."""
        flowing = Flowing(flow(self.GATHER, HANGUP), script=presses("123"))
        flowing.after(4 + 10.6).press("9")

        assert "the caller pressed 19" == flowing.whys[0]

    def test_are_taken_nowhere_else(self):
        """The error says where the call is; a question that is open takes none either."""
        flowing = Flowing(flow(END, step("greeting", prompt=Prompt("x" * 150))))
        with pytest.raises(NotGathering, match="it is before its flow"):
            flowing.press("1")
        with pytest.raises(NotGathering, match="it is in passthru, and waits for a reply"):
            flowing.until_asked().press("1")
        with pytest.raises(NotGathering, match="it is in greeting"):
            flowing.answer().press("1")


class TestVoicemail:
    def test_records_until_the_caller_hangs_up(self):
        """12 s; the Passthru after it says voicemail, and where the recording is."""
        script = Script(caller=Caller(message=seconds(12)))
        flowing = Flowing(flow(step("voicemail"), END), script=script, order=INBOUND).answer()

        assert [
            (0, 0, "dialed"), (0, 0, "answered"), (0, 0, "records"), (12, 0, "recorded"),
            (12, 0, "hung-up"), (12, 0, "asked"),
        ] == flowing.events  # fmt: skip
        said = flowing.says()
        assert ("voicemail", "http://rec/x.mp3") == (said["CallType"], said["RecordingUrl"])
        assert has_recording(flowing.call.played_to(len(flowing.call.plan)))

    def test_ends_by_a_key_with_the_caller_on_the_line(self):
        """`#` after 3 s."""
        goodbye = step("greeting", prompt=Prompt("Goodbye"))
        flowing = Flowing(flow(step("voicemail"), goodbye), order=INBOUND).after(3).press("#")

        assert [(3, 0, "recorded"), (4, 0, "hung-up")] == flowing.events[-2:]

    def test_of_no_length_leaves_nothing(self):
        """No message, no recording."""
        script = Script(caller=Caller(message=seconds(0)))
        flowing = Flowing(flow(step("voicemail"), END), script=script).answer()

        assert "RecordingUrl" not in flowing.says()


class TestSms:
    def test_is_a_text_or_what_a_url_answers(self):
        """HEAD and GET; the way says what the caller gets."""
        steps = [step("sms", text="Thanks"), step("sms", url=URL), step("sms", url=URL)]
        flowing = Flowing(flow(*steps)).answer(200, "Bye", "text/plain").answer(404)

        assert [
            "the caller gets 'Thanks'",
            "the caller gets 'Bye'",
            "no SMS, because the answer was 404, expected 200",
        ] == flowing.whys
        assert ["HEAD sms", "GET sms"] * 2 == flowing.asked


class TestTiming:
    @pytest.mark.parametrize(
        ("hours", "exit_"),
        [
            pytest.param([(6, 0, 86_400)], "open", id="all of Sunday"),
            pytest.param([(6, 43_204, 43_205)], "open", id="from"),
            pytest.param([(6, 43_203, 43_204)], "closed", id="to"),
            pytest.param([(0, 0, 86_400)], "closed", id="another weekday"),
            pytest.param([], "closed", id="never"),
        ],
    )
    def test_is_open_within_its_hours(self, hours, exit_):
        """NOON is a Sunday, 12:00 in India; From answers 4 s later."""
        timing = step("timing", hours=tuple(Interval(*each) for each in hours))
        flowing = Flowing(flow(timing))

        assert exit_ == flowing.exits[0]
        assert "it is Sunday, 12:00 in India" == flowing.whys[0]


class TestTransfer:
    def test_goes_on_in_another_flow(self):
        """flow_id becomes that flow's."""
        flowing = Flowing(flow(step("transfer", app="927")), flow(END, app="927")).answer()

        assert "927" == flowing.says()["flow_id"]

    def test_to_an_unknown_flow_plays_an_error_message(self):
        """5 s, then the call ends; the why names the flows there are."""
        flowing = Flowing(flow(step("transfer", app="1")))

        assert (9, 0, "hung-up") == flowing.events[-1]
        assert "there is no flow '1'; the scenario has 926" == flowing.walked.why

    def test_in_a_circle_ends_after_100_steps(self):
        """Also a goto; the why says so."""
        flowing = Flowing(flow(step("transfer", app="926")))

        assert 100 == len(flowing.exits)
        assert "the call had come to 100 steps, and was hung up" == flowing.walked.why


class TestAnUnknownApp:
    def test_completes_after_the_error_message(self):
        """Leg 1 too; what decided the call names the flows there are."""
        flowing = Flowing(flow(HANGUP), order=replace(ORDER, flow="1"))

        assert ("completed", ["completed", None]) == (flowing.status, flowing.legs)
        assert (9, 0, "hung-up") == flowing.events[-1]
        assert "there is no flow '1'; the scenario has 926; rule" == flowing.call.rule


class TestVoicebot:
    @pytest.mark.parametrize("applet", ["voicebot", "stream"])
    def test_asks_and_then_fails(self, applet):
        """No stream can be made yet: the exit that says so, and later requests say it too."""
        bot = step(applet, url=URL, exits={Exit.FAILED: 1})
        flowing = Flowing(flow(bot, END)).answer(200, '{"url": "wss://x"}').answer()

        assert ["failed", "200"] == flowing.exits
        assert ("failed", "0") == (
            flowing.says()["Stream[Status]"],
            flowing.says()["Stream[Duration]"],
        )


class TestWhereNothingFollows:
    def test_the_call_ends(self):
        """Ours: tests want an end."""
        assert not Flowing(flow(step("greeting", prompt=Prompt("hello")))).call.stuck

    def test_it_hangs_where_that_is_rehearsed(self):
        """`dead_end: hang`: until somebody hangs up."""
        flowing = Flowing(flow(END, hangs=True)).answer()

        assert flowing.call.stuck
        assert not flowing.after(9).leave().call.stuck
        assert (13, 0, "hung-up") == flowing.events[-1]

    def test_a_hangup_hangs_up_all_the_same(self):
        """It is no dead end."""
        assert not Flowing(flow(HANGUP, hangs=True)).call.stuck

    def test_time_limit_cuts_the_whole_call(self):
        """TimeLimit 20 counts from From's answer; nothing more is asked."""
        order = replace(ORDER, time_limit=20)
        flowing = Flowing(flow(END, step("greeting", prompt=Prompt("x" * 900)), END), order=order)
        flowing.answer()

        assert ((24, 0, "hung-up"), "TimeLimit ended the call") == (
            flowing.events[-1],
            flowing.walked.why,
        )


class TestACallerWhoLeaves:
    @pytest.mark.parametrize(
        ("hangs_up", "at"),
        [
            pytest.param(HangsUp(seconds(3)), 3, id="counted from the pick-up"),
            pytest.param(HangsUp(seconds(3), Where.MENU), 5, id="in the menu"),
            pytest.param(HangsUp(seconds(3), Where.CONNECT), None, id="in a connect that is none"),
        ],
    )
    def test_does_so_where_the_script_says(self, hangs_up, at):
        """A greeting of 2 s, then the menu; nothing more is asked after a menu."""
        steps = [
            step("greeting", prompt=Prompt("x" * 30)),
            step("menu", prompt=Prompt("x" * 60)),
            END,
        ]
        script = Script(caller=Caller(hangs_up=hangs_up))
        flowing = Flowing(flow(*steps), script=script, order=INBOUND)
        left = [moment for moment, _leg, event in flowing.events if event == "hung-up"]

        assert (["GET passthru"] if at is None else []) == flowing.asked
        if at is not None:
            assert [at] == left

    def test_is_not_heard_any_more_but_asked_about(self):
        """Passthru, Switch, SMS, Timing and Transfer run; what is heard is passed over."""
        steps = [
            step("greeting", prompt=Prompt("x" * 150)),
            step("greeting", prompt=Prompt("x" * 150)),
            step("gather", prompt=Prompt("PIN")),
            step("voicemail"),
            step("connect", numbers=("09811100001",)),
            step("sms", text="Bye"),
            step("timing"),
            step("transfer", app="927"),
        ]
        flowing = Flowing(flow(*steps), flow(END, app="927")).after(6).leave().answer()

        assert [(6, 0, "hung-up"), (6, 0, "asked")] == flowing.events[-2:]
        assert ["", "", "nothing", "", "not_dialled", "", "closed", "", "200"] == flowing.exits

    def test_while_a_question_is_open_has_left(self):
        """The reply comes later and steers what nobody hears; it changes nothing before."""
        flowing = Flowing(flow(END, END)).until_asked().after(2).leave()
        question = flowing.question
        flowing.after(1).answer(200).answer(200)

        assert 1 == question.number
        assert [(4, 0, "asked"), (6, 0, "hung-up"), (6, 0, "asked")] == flowing.events[-3:]

    def test_before_from_answers_takes_no_call(self):
        """From declines: no applet is asked at all."""
        flowing = Flowing(flow(END)).after(1).leave()

        assert ("busy", []) == (flowing.status, flowing.asked)

    def test_cannot_leave_twice_nor_an_agent_who_is_not_there(self):
        """The error says how the legs are."""
        flowing = Flowing(flow(END, END)).until_asked()
        with pytest.raises(NotOnTheLine, match="'to' is not on the line"):
            flowing.leave(Party.TO)
        with pytest.raises(NotOnTheLine, match="'from' is not on the line"):
            flowing.leave().leave()


class TestAQuestion:
    def test_that_is_not_open_has_no_reply(self):
        """Another number, or a reply that came already: at least once bears two."""
        flowing = Flowing(flow(END, HANGUP)).until_asked()
        again = Flowing(flow(END, END)).answer(200)
        again.now -= 1
        with pytest.raises(NoQuestion):
            again.changed(replace(_reply(flowing), number=1))
        with pytest.raises(NoQuestion):
            flowing.changed(replace(_reply(flowing), number=2))

    def test_goes_on_by_itself_a_year_later(self):
        """Nobody replied, nor said that nobody will."""
        flowing = Flowing(flow(END, HANGUP)).until_asked()

        assert 365 * 86_400 * SECOND == flowing.question.deadline - flowing.now
        assert flowing.to(flowing.question.deadline).call.ended
        assert NOON < flowing.now


def _reply(flowing):
    from exomock.domain.changes import Replied
    from exomock.domain.flows.inputs import Answered

    return Replied(flowing.question.number, Answered(200))


class TestThePrice:
    def test_of_a_call_that_was_placed_is_of_leg_1s_time(self):
        """30 s on the line in pulses of 30 s at 0.25; one that came in costs conversation."""
        script = Script(price=Price(30 * SECOND, 250))
        steps = flow(step("greeting", prompt=Prompt("x" * 450)))
        costs = []
        for order in (ORDER, INBOUND):
            call = Flowing(steps, script=script, order=order).call
            costs.append(call.played_to(len(call.plan)).cost)

        assert [250, 0] == costs
