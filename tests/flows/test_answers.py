"""What an answer means to the applet that asked; one that is not right is refused whole."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.flows.answers import (
    ConnectTerms,
    GatherTerms,
    read_agent,
    read_connect,
    read_dial_whom,
    read_gather,
    read_select,
    read_speech,
)
from exomock.domain.flows.fields import Unfit
from exomock.domain.flows.inputs import Answered
from exomock.domain.flows.steps import Prompt
from exomock.domain.number import from_e164

ONE = "09811100001"


def as_json(**fields):
    """An answer of a dynamic URL."""
    return Answered(200, "application/json; charset=utf-8", json.dumps(fields))


def to(*numbers, **more):
    """An answer of a dynamic Connect."""
    return as_json(destination={"numbers": list(numbers)}, **more)


def asks(**more):
    """An answer of a dynamic Gather."""
    return as_json(gather_prompt={"text": "PIN"}, **more)


class TestADynamicConnect:
    def test_has_these_defaults(self):
        """Only whom to dial is needed."""
        assert ConnectTerms((from_e164("+919811100001"),)) == read_connect(to(ONE))

    @pytest.mark.parametrize(
        ("more", "changed"),
        [
            pytest.param({"parallel_ringing": {}}, {}, id="parallel_ringing {}"),
            pytest.param({"parallel_ringing": None}, {}, id="null"),
            pytest.param({"max_ringing_duration": "45"}, {"ring": 45}, id="a string for a number"),
            pytest.param({"record": "true"}, {"record": True}, id="a string for a flag"),
            pytest.param(
                {"parallel_ringing": {"activate": True, "max_parallel_attempts": 2}},
                {"together": 2},
                id="parallel",
            ),
            pytest.param({"anything": "else"}, {}, id="a key that nobody knows"),
            pytest.param(
                {"outgoing_phone_number": "+918047110000"},
                {"outgoing": from_e164("+918047110000")},
                id="outgoing",
            ),
            pytest.param(
                {"music_on_hold": {"type": "custom_tone", "value": "http://x"}}, {}, id="music"
            ),
            pytest.param(
                {"in_call_playback": {"start_delay": 10, "repeat_frequency": 30}},
                {},
                id="announced",
            ),
        ],
    )
    def test_takes(self, more, changed):
        """What clients are known to answer."""
        expected = ConnectTerms((from_e164("+919811100001"),))._replace(**changed)

        assert expected == read_connect(to(ONE, **more))

    def test_dials_nobody_where_the_list_is_empty(self):
        """`[]` is right, and names nobody."""
        assert () == read_connect(to()).numbers

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (to(ONE, max_ringing_duration=61), "max_ringing_duration is 61, expected a whole"),
            (to(ONE, max_ringing_duration="soon"), "max_ringing_duration is 'soon', expected"),
            (to(ONE, max_ringing_duration=True), "max_ringing_duration is True, expected a whole"),
            (to(ONE, max_conversation_duration=4501), "from 1 to 4500"),
            (to(ONE, record="maybe"), "record is 'maybe', expected true or false"),
            (to(ONE, recording_channels="three"), "expected one of single, dual"),
            (to(ONE, parallel_ringing=[]), "parallel_ringing is [], expected an object"),
            (
                to(ONE, parallel_ringing={"activate": True, "max_parallel_attempts": 11}),
                "parallel_ringing.max_parallel_attempts is 11, expected a whole number from 1 to 10",
            ),
            (
                to(ONE, start_call_playback={"playback_to": "caller", "type": "text"}),
                "start_call_playback.playback_to is 'caller', expected one of both, callee",
            ),
            (to(ONE, in_call_playback="a.wav"), "in_call_playback is 'a.wav', expected an object"),
            (to("Asha"), "'Asha' in destination.numbers is not a telephone number"),
            (to(*[ONE] * 101), "destination.numbers has 101 numbers, expected at most 100"),
            (to({}), "destination.numbers is {}, expected texts in the list"),
            (to(ONE, outgoing_phone_number="x"), "'x' in outgoing_phone_number is not a"),
            (as_json(destination=[{"contact_uri": ONE}]), "CCM's programmable connect"),
            (as_json(destination={"trunk": "t"}), "destination names a trunk"),
            (as_json(), "destination.numbers is missing"),
            (Answered(200, "application/json", "[1"), "the answer's body is not JSON"),
            (Answered(200, "application/json", "[" * 20_000), "the answer's body is not JSON"),
            (Answered(200, "application/json", "x" * 65_537), "is longer than 64 KB"),
            (Answered(200, "text/html", "{}"), "was 'text/html', expected application/json"),
            (Answered(302, None, "{}"), "the answer was 302, expected 200"),
        ],
    )
    def test_is_refused_whole(self, answer, why):
        """One sentence: what it was, and what was expected."""
        with pytest.raises(Unfit) as caught:
            read_connect(answer)

        assert why in str(caught.value)


class TestADynamicGather:
    def test_has_these_defaults(self):
        """255 keys, `#`, 5 s, one prompt."""
        assert GatherTerms(Prompt("PIN"), Prompt("PIN"), 255, "#", 5, 0) == read_gather(asks())

    def test_takes_strings_for_numbers(self):
        """As a test suite of a live account answers them."""
        answer = asks(
            max_input_digits="4", finish_on_key="", input_timeout="7", repeat_menu="2",
            repeat_gather_prompt={"audio_url": "http://x/again.wav"},
        )  # fmt: skip

        assert GatherTerms(Prompt("PIN"), Prompt("http://x/again.wav"), 4, "", 7, 2) == read_gather(
            answer
        )

    @pytest.mark.parametrize(
        ("answer", "why"),
        [
            (as_json(), "gather_prompt is missing"),
            (as_json(gather_prompt={"say": "x"}), 'gather_prompt is neither {"text"'),
            (as_json(gather_prompt="PIN"), "gather_prompt is 'PIN', expected an object"),
            (asks(finish_on_key="##"), "finish_on_key is '##', expected one key"),
            (asks(max_input_digits=0), "max_input_digits is 0, expected a whole number from 1"),
            (asks(input_timeout=-1), "input_timeout is -1"),
        ],
    )
    def test_is_refused_whole(self, answer, why):
        """No field is skipped."""
        with pytest.raises(Unfit) as caught:
            read_gather(answer)

        assert why in str(caught.value)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "e164"),
        [
            ("09811100001", "+919811100001"),
            ("9811100001", "+919811100001"),
            ("+919811100001", "+919811100001"),
            (" +91 98111-00001 ", "+919811100001"),
            ("919811100001", "+919811100001"),
            ("02240000001", "+912240000001"),
            ("+14155550100", "+14155550100"),
            ("sip:agent@example.com", "sip:agent@example.com"),
        ],
    )
    def test_are_read_in_any_spelling(self, text, e164):
        """`0…`, `+91…`, foreign ones, SIP addresses."""
        assert e164 == read_agent(text).e164

    @pytest.mark.parametrize("text", ["", "Asha", "12", "+", "0981110000", "sip:a b", "१२३४५६७८९०"])
    def test_that_are_none(self, text):
        """Nobody."""
        assert read_agent(text) is None


KEYS = st.sampled_from(
    ["destination", "numbers", "gather_prompt", "text", "record", "parallel_ringing", "select"]
) | st.text(max_size=5)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=9,
)


@settings(deadline=None, max_examples=100)
@given(
    st.sampled_from([200, 302, 500]),
    st.none() | st.sampled_from(["application/json", "text/plain"]) | st.text(max_size=9),
    JUNK.map(json.dumps) | st.text(max_size=40),
)
def test_any_answer_is_right_or_refused_in_one_sentence(status, kind, body):
    """Nothing else is raised, whatever a server answers."""
    answer = Answered(status, kind, body)
    for read in (read_connect, read_gather, read_dial_whom, read_select, read_speech):
        assert "\n" not in refused(read, answer)


def refused(read, answer):
    """Why an answer is refused, "" where it is right."""
    try:
        read(answer)
    except Unfit as error:
        return str(error)
    return ""
