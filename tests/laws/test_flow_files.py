"""Any text about flows: a scenario or sentences, never a traceback, and never for long."""

import json
import os

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from exomock.domain.flows.inputs import Answered, Silent
from exomock.domain.flows.steps import Applet
from exomock.domain.number import from_shown
from exomock.domain.order import Order
from exomock.rehearsal import Asking, Customers, Lot, explained, previewed, simulated
from exomock.scenarios import ScenarioError, read_scenario
from exomock.scenarios.jsonschema import scenario_schema
from exomock.scenarios.steps import STEPS
from exomock.scenarios.ways import exits_of, ways_of

MANY = 3000 if os.environ.get("EXOMOCK_SOAK") else 60
LAW = settings(
    max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), database=None
)

WORDS = sorted(
    {*STEPS, "steps", "parts", "exophone", "record", "dead_end"}.union(
        *(
            {field.data_key or name for name, field in each().fields.items()}
            for each in STEPS.values()
        )
    )
)
TEXTS = [
    "http://127.0.0.1:3000/a", "http://", "09811100001", "sip:a@b.c", "08047112233", "5s", "500ms", "a", "b",
    "hangup", "voicemail", "hang", "9:00-18:00", "1", "2", "#", "*", "9", "10", "", "_schema", "goto",
]  # fmt: skip
VALUE = (
    st.none() | st.booleans() | st.integers(-1, 400) | st.sampled_from(TEXTS) | st.sampled_from(WORDS)
)  # fmt: skip
KEY = st.sampled_from([*WORDS, *WORDS, *TEXTS]) | st.integers(0, 400)
ANYTHING = st.recursive(
    VALUE, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEY, inner, max_size=4), max_leaves=20
)  # fmt: skip

URL = st.sampled_from(["http://127.0.0.1:3000/a", "https://b.example/c?d=e"])
NAMES = st.sampled_from(["p", "q", "x", "y"])
EMAILS = st.dictionaries(
    st.sampled_from(["09811100001", "sip:a@b.c", "x"]), st.sampled_from(["a@b", "a b"]), max_size=2
)
TARGET = st.sampled_from(["9", "10", "11"])


def steps_of(ways):
    """Steps as one would write them, whose exits lead to these ways; they may not fit together."""
    exits = {"200": ways, "302": ways}
    keys = dict.fromkeys(("1", "2", "*", "wrong", "nothing"), ways)
    played = st.sampled_from(["Press 1 or 2", "Hello"]) | URL
    connects = st.just("09811100001") | URL | st.fixed_dictionaries({"url": URL})
    named = {"name": NAMES}
    return st.one_of(
        st.sampled_from(["hangup", "voicemail"]),
        st.fixed_dictionaries({"greeting": played}, optional=named),
        st.fixed_dictionaries({"menu": played}, optional=named | keys),
        st.fixed_dictionaries({"gather": played}, optional=named | {"digits": ways, "nothing": ways}),
        st.fixed_dictionaries({"passthru": URL}, optional=named | exits),
        st.fixed_dictionaries({"passthru": URL, "async": st.just(True)}, optional=named),
        st.fixed_dictionaries(
            {"connect": connects}, optional=named | {"popup": URL, "emails": EMAILS} | dict.fromkeys(["talked", "nobody", "not_dialled"], ways)
        ),
        st.fixed_dictionaries({"switch": st.none()}, optional={"gold": ways, "otherwise": ways}),
        st.fixed_dictionaries({"timing": st.just({"mon-fri": "9:00-18:00"})}, optional={"closed": ways}),
        st.fixed_dictionaries({"transfer": TARGET}),
        st.fixed_dictionaries({"goto": NAMES}),
    )  # fmt: skip


STEP = st.recursive(
    steps_of(st.just("hangup")),
    lambda inner: steps_of(NAMES | inner | st.lists(inner, min_size=1, max_size=3)),
    max_leaves=6,
)
STEP_LIST = st.lists(STEP, min_size=1, max_size=4)
FLOW = STEP_LIST | st.fixed_dictionaries(
    {"steps": STEP_LIST},
    optional={
        "parts": st.dictionaries(NAMES, STEP_LIST, max_size=2),
        "exophone": st.just("08047112233"),
    },
)
FLOWS = st.dictionaries(TARGET, FLOW, min_size=1)
REPLIES = [
    None, Silent(), Silent("it was refused"), Answered(200), Answered(302), Answered(404), Answered(200, "text/plain", "09811100001"),
    Answered(200, "text/plain", '{"select": "gold"}'), Answered(200, "application/json", "{"),
    Answered(200, "application/json", '{"destination": {"numbers": ["09811100001"]}, "fetch_after_attempt": true}'),
    Answered(200, "application/json", '{"gather_prompt": {"text": "a"}, "repeat_menu": "2"}'),
]  # fmt: skip
FATE = st.sampled_from(["answer", "busy", "no_answer", {"unreachable": "1s"}])
PEOPLE = st.fixed_dictionaries(
    {},
    optional={
        "caller": st.fixed_dictionaries(
            {},
            optional={
                "presses": st.lists(st.sampled_from(["1", "2", "*", "99#", "nothing"]), max_size=3),
                "hangs_up": st.sampled_from(["0s", "3s", {"in": "menu", "after": "1s"}, {"in": "connect", "after": "2s"}]),
            },
        ),
        "agents": st.lists(FATE, max_size=2) | st.just({"09811100001": "busy"}),
        "leg2": FATE,
    },
)  # fmt: skip
SCHEMA = Draft202012Validator(scenario_schema())


def read(data):
    """The scenario of a file that holds this; None where it was told to be wrong, in sentences."""
    text = yaml.safe_dump(data, allow_unicode=True)
    mistakes = []
    try:
        return read_scenario("f.yaml", text.encode())
    except ScenarioError as error:
        mistakes = error.mistakes
    assert mistakes
    lines = text.count("\n") + 1
    assert all(1 <= mistake.line <= lines for mistake in mistakes)
    assert all(mistake.key.startswith(("flows", "rules")) for mistake in mistakes)
    return None


# What JSON Schema cannot say: where names lead, and what the steps make together.
OF_THE_GRAPH = (
    "can never be reached", "goes round for ever", "expected the name of a step or a part",
    "expected a step, a list of steps, or the name of a part", "which is the name of",
    "leads back to itself", "which starts the flow", "expected the app id of a flow",
)  # fmt: skip


def admitted(data):
    """Whether the published schema admits it."""
    return SCHEMA.is_valid(json.loads(json.dumps(data)))


class TestAnything:
    @LAW
    @given(ANYTHING)
    def test_under_flows_is_read_or_told(self, value):
        """With lines that are in the file."""
        read({"flows": value})

    @LAW
    @given(st.dictionaries(TARGET, ANYTHING, min_size=1))
    def test_under_an_app_id_is_read_or_told(self, value):
        """So it is in each flow."""
        read({"flows": value})

    @LAW
    @given(FLOWS)
    def test_that_is_like_flows_is_read_or_told(self, value):
        """Of real steps that may not fit together."""
        read({"flows": value})


class TestWhatIsRead:
    @LAW
    @given(FLOWS)
    def test_is_what_the_published_schema_admits(self, value):
        """An editor has nothing to object to what the reader takes."""
        assert admitted({"flows": value}) or read({"flows": value}) is None

    @LAW
    @given(FLOWS)
    def test_is_all_that_the_schema_admits_but_for_the_graph(self, value):
        """What an editor is content with is refused only for where names and exits lead."""
        mistakes = []
        try:
            read_scenario("f.yaml", yaml.safe_dump({"flows": value}).encode())
        except ScenarioError as error:
            mistakes = error.mistakes
        others = [
            str(each) for each in mistakes if not any(said in each.what for said in OF_THE_GRAPH)
        ]
        assert [] == others or not admitted({"flows": value})

    @LAW
    @given(FLOWS)
    def test_is_a_graph_that_can_be_walked_to_an_end(self, value):
        """Each exit leads to a step that is there, and from each step some way leads to an end."""
        scenario = read({"flows": value})
        for flow in (scenario.flows if scenario else {}).values():
            steps = range(len(flow.steps))
            led = {n: {to for _way, to in ways_of(flow.steps[n])} for n in steps}
            assert all(to is None or to in steps for tos in led.values() for to in tos)
            assert all(set(step.exits) <= set(exits_of(step)) for step in flow.steps)
            assert flow.first is None or flow.first in steps
            ending = {n for n in steps if not led[n] or None in led[n]}
            while more := {n for n in set(steps) - ending if led[n] & ending}:
                ending |= more
            assert set(steps) == ending

    @LAW
    @given(FLOWS, st.lists(st.sampled_from(REPLIES), max_size=6), PEOPLE)
    def test_can_be_rehearsed_whatever_is_answered(self, value, replies, rule):
        """Explained, drawn and simulated: every step that is reached is named, and the call ends."""
        scenario = read({"flows": value, "rules": [rule]})
        if scenario is None:
            return
        for app, flow in scenario.flows.items():
            order = Order(*map(from_shown, ("09811100001", "08047112233", "08047112233")), flow=app)
            asking = Asking(order, 1_772_346_600_000_000)
            lines = list(explained(scenario, asking, replies))
            assert any(f"{flow.steps[0].applet}" in line for line in lines if " s  " in line)
            assert any(
                line.startswith(f"flow {app}") for line in previewed(scenario, asking, replies)
            )
            lot = Lot(order, Customers(), 2, asking.now, 1, 0, replies)
            assert "the flow ends at" in " ".join(simulated(scenario, lot))


class TestForHostileFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "flows:\n  9:\n" + "".join(f"  - {{menu: a, name: n{n}, 1: {{goto: m{n}}}}}\n" for n in range(2000)),
            "flows:\n  9:\n" + "".join(f"  - {{goto: n{n}}}\n" for n in range(2000)),
            "flows: {9: {steps: {goto: p0}, parts: {"
            + ", ".join(f"p{n}: {{goto: p{n + 1}}}" for n in range(2000)) + ", p2000: {goto: p0}}}}",
            "flows:\n  9:\n" + "".join(f"  - {{sms: a, name: n{n}}}\n" for n in range(2000)) + "  - goto: n0\n",
            "flows:\n" + "".join(f"  {n}: [{{transfer: {n + 1}}}]\n" for n in range(2000)) + "  2000: [{transfer: 0}]\n",
            "flows: {9: " + "{menu: a, 1: " * 40 + "hangup" + "}" * 41,
        ],
        ids=["names", "gotos", "circle", "loop", "transfers", "deep"],
    )  # fmt: skip
    def test_thousands_of_steps_are_told_about_in_seconds(self, text):
        """No names that are near are looked for when everything is wrong."""
        with pytest.raises(ScenarioError) as caught:
            read_scenario("f.yaml", text.encode())

        assert 1 <= len(caught.value.mistakes) <= 100

    def test_the_applets_are_those_of_the_domain(self):
        """A new one cannot be forgotten here."""
        assert {*Applet, "goto"} == set(STEPS)
