"""What the published schemas admit, the readers accept; and what readers accept, schemas admit."""

import json
import os
import re
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from marshmallow import Schema, ValidationError, fields

from exomock.api import filter_form
from exomock.api.connect_form import ConnectForm
from exomock.app import routes
from exomock.control import accounts, calls, clock, forms, journal, paging, waits
from exomock.control.document import described_form, document
from exomock.field import described
from exomock.scenarios.canned import CannedSchema
from exomock.scenarios.flows import FlowSchema
from exomock.scenarios.jsonschema import definitions, reference, scenario_schema
from exomock.scenarios.people import HangsUpSchema
from exomock.scenarios.rules import NextSchema, ScriptSchema
from exomock.scenarios.schema import ScenarioSchema
from exomock.scenarios.source import ScenarioError, read_source
from exomock.scenarios.steps import STEPS

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 15

# What JSON Schema cannot say of a single value, by the field's class: there a reader is stricter.
STRICTER = {
    "Telephone": "which digits are a number, a library decides",
    "PhoneOrSip": "so it does here",
    "NumberPattern": "so it does here, and RE2 decides what an expression is",
    "CallerPattern": "so it does here",
    "TextPattern": "RE2 decides what an expression is",
    "PathPattern": "RE2 decides what an expression is",
    "FormPatterns": "RE2 decides what an expression is",
    "Money": "how many decimals a number has",
    "Amount": "how many decimals a number has, and which of two is the smaller",
    "Time": "which of two times is the shorter, and that a year is the longest",
    "OneTime": "that a year is the longest, and a microsecond the shortest",
    "LegOutcome": "its time is a Time",
    "Between": "which of two times is the shorter",
    "Turn": "which of two numbers is the smaller",
    "DayTime": "that two hours differ",
    "Moment": "which days there are",
    "HangUp": "that shares add up to 100 %",
    "Mix": "that shares add up to 100 %, and no status stands twice",
    "Numbers": "which keys are Indian numbers",
    "ExoPhoneList": "which digits are a number, and that two items for one agree",
    "Refuse": "nothing beside its own words",
    "GivenAnswer": "which words stand beside which",
    "HangsUpWord": "its time is a Time",
    "AgentsWord": "its times are Times, and which keys are numbers",
    "HttpUrl": "what a host and a port are",
    "AskedValue": "so it does here",
    "PlayedValue": "what begins like a URL has to be one",
    "GatherValue": "so it does here",
    "SmsValue": "so it does here",
    "ConnectValue": "which digits are a number, and what a host is",
    "HoursValue": "which of two hours and of two days is the earlier",
    "WholeSeconds": "that seconds are whole, and how many",
    "Steps": "what the steps of a flow make together",
    "Way": "which names are parts",
    "PartsWord": "so it does here",
    "FlowsWord": "so it does here",
    "GivenScenario": "the scenario language has a schema of its own",
    "WebAddress": "what a host and a port are",
    "Url": "so it does here",
    "StreamAddress": "so it does here",
    "Words": "its values",
    "DateRange": "its operators",
    "Limits": "its operators",
    "CommaList": "its values",
    "CursorField": "what is inside",
}


def leaves(schema, name=""):
    """Every field that reads a single value, of a schema and those inside it, by its path."""
    for key, field in schema.fields.items():
        yield from inside(field, f"{name}.{field.data_key or key}".lstrip("."))


def inside(field, path):
    if isinstance(field, fields.Nested):
        yield from leaves(field.schema, path)
    elif isinstance(field, fields.List):
        yield from inside(field.inner, f"{path}[]")
    else:
        yield path, field


LANGUAGE = dict([
    *leaves(ScenarioSchema()), *leaves(NextSchema(), "next"), *leaves(FlowSchema(), "flow"),
    *(leaf for word, schema in STEPS.items() for leaf in leaves(schema(), word)),
    *leaves(CannedSchema(), "answer"), *leaves(HangsUpSchema(), "hangs_up"),
])  # fmt: skip
FORMS = [
    accounts.AccountForm(), accounts.ResetForm(), forms.ClockForm(), clock.AdvanceForm(),
    calls.InboundForm(), calls.HangUpForm(), journal.VerifyForm(), journal.JournalFilter(),
    paging.PageForm(), waits.WaitForm(), ConnectForm(60), filter_form.FilterForm(),
]  # fmt: skip
IN_FORMS = {
    path: field
    for form in FORMS
    for path, field in leaves(form, type(form).__name__)
    if not isinstance(field, calls.ScriptWord)  # read by the language, whose field it names
}

TEXTS = [
    "", "true", "False", "no", "No", "5", "-3", "0", "007", "3.0", "1.5", "0.15", "0.1234", "100",
    "5%", "100%", "100.5%", "999%", "5 %", "3s", "0s", "500ms", "3s..6s", "6s..3s", "3s .. 6s", "1h",
    "normal(8s, 3s)", "normal(8s,3s)", "400d", "13:00-14:00", "9:30 - 24:00", "25:00-26:00", "1..3",
    "3..1", "200/min", "0/min", "10B/s", "0B/s", "2KB/s", "0.10..0.30", "answer", "no_answer", "no-answer",
    "busy", "in-progress", "in_progress", "inbound", "outbound-api", "outbound_api", "from", "to",
    "09812345678", "+91 98123 45678", "9812345678", "+14155552671", "0981*", "+9198*", "098*1",
    "/a.b/", "/", "//", "Calls/connect", "/Calls/*", "Calls.json", "a*", "*", "a b", "POST", "get",
    "2026-03-01T18:00:00+05:30", "2026-03-01 18:00:00", "2026-03-01", "1960-01-01", "idle", "dnd",
    "rate-limited", "rate_limited", "html", "terminal", "answered", "text/plain", "é", "http://a/",
    "HTTP://a.test:80/x", "ftp://a", "http://", "single", "dual", "mp3", "CallSid", "Legs", "KA",
]  # fmt: skip
# Others cannot stand in a YAML file.
PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"))
SINGLE = (
    st.none() | st.booleans() | st.integers(-3, 200_000) | st.sampled_from([10**12, 3.0, -1.0])
    | st.integers(-5_000, 5_000_000).map(lambda thousandth: thousandth / 1000)
    | st.sampled_from(TEXTS) | st.text(PRINTABLE, max_size=8)
)  # fmt: skip
VALUES = SINGLE | st.lists(SINGLE, max_size=3) | st.dictionaries(
    st.sampled_from(TEXTS), SINGLE, max_size=2
)  # fmt: skip


def validator(field):
    """Checks single values against the published description of a field."""
    found = described(field, reference) | {"$defs": definitions()}
    return Draft202012Validator(found)


def admits(check, value):
    """Whether a schema admits a value, as ECMAScript reads its patterns."""
    # Python's `$` also stands before a line's end at the end of a text.
    return check.is_valid(value) and not (isinstance(value, str) and value.endswith("\n"))


def takes_yaml(field, value):
    """Whether the language takes a value, written as JSON in a file."""
    try:
        data = read_source("f", json.dumps({"key": value}, ensure_ascii=False).encode()).data
        field.deserialize(data["key"], "key", data)
    except (ValidationError, ScenarioError):
        return False
    return True


def takes_json(field, value):
    """Whether a form takes a value of a JSON body."""
    try:
        field.deserialize(value, "key", {"key": value})
    except (ValidationError, ScenarioError):
        return False
    return True


def spelled_otherwise(value):
    """
    The same value as readers take it as well: quoted or not, in any case, with blanks around.

    A description names one spelling, because an editor offers it; readers are kinder.
    """
    yield value
    if isinstance(value, bool):
        yield str(value).lower()
    elif isinstance(value, int | float):
        yield from (str(value), f"{value:g}")
    elif isinstance(value, str):
        yield from text_otherwise(value.strip())
    elif isinstance(value, list):
        yield [next(iter(spelled_otherwise(each))) for each in value]


def text_otherwise(text):
    """A text in another case, without blanks, as the number or the truth that it spells."""
    yield from (text, text.lower(), text.capitalize(), re.sub(r"\s*(\.\.|-|,)\s*", r"\1", text))
    low, dots, high = text.partition("..")
    if dots and low.strip() == high.strip():
        yield low.strip()
    if text.lower() in ("true", "false"):
        yield text.lower() == "true"
    with suppress(ValueError):
        yield float(text)


def examples_of(field):
    """Values of every kind, and such as the field's own patterns and words describe."""
    found = described(field, reference)
    parts = [found, *found.get("anyOf", [])]
    patterns = [part["pattern"] for part in parts if "pattern" in part]
    words = [word for part in parts for word in part.get("enum", [])]
    more = [st.from_regex(each, fullmatch=True, alphabet=PRINTABLE) for each in patterns] + [
        st.sampled_from(words)
    ] * bool(words)
    return st.one_of(VALUES, *more)


class Law:
    """Both directions for one field."""

    def __init__(self, field, takes):
        self.field, self.takes, self.check = field, takes, validator(field)
        # A class that is made of a stricter one is as strict.
        self.strict = not {each.__name__ for each in type(field).__mro__} & set(STRICTER)

    def hold(self, value):
        """Raise where schema and reader differ."""
        admitted, taken = admits(self.check, value), self.takes(self.field, value)
        if self.strict:
            assert taken or not admitted, f"the schema admits {value!r}, the reader does not"
        if taken and not admitted:
            assert any(admits(self.check, each) for each in spelled_otherwise(value)), (
                f"the reader takes {value!r}, the schema does not"
            )


def one_of_each(found):
    """The leaves whose descriptions differ, by class: equal ones need one look."""
    seen = {}
    for path, field in found.items():
        seen.setdefault((type(field).__name__, json.dumps(described(field, reference))), path)
    return sorted(seen.values())


LAW = settings(
    max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


class TestAgreement:
    @pytest.mark.parametrize("path", one_of_each(LANGUAGE))
    def test_of_the_language_and_its_schema(self, path):
        """Every field: what editors are told is what is read."""
        field = LANGUAGE[path]
        law = Law(field, takes_yaml)

        @LAW
        @given(examples_of(field))
        def hold(value):
            law.hold(value)

        hold()

    @pytest.mark.parametrize("path", one_of_each(IN_FORMS))
    def test_of_forms_and_openapi(self, path):
        """Every field of a body and a query; None is left out, as if it were not given."""
        field = IN_FORMS[path]
        law = Law(field, takes_json)
        single_texts = path.startswith(("ConnectForm", "FilterForm"))

        @LAW
        @given(examples_of(field))
        def hold(value):
            assume(value is not None)
            # In a form and a query every value is text.
            assume(not single_texts or isinstance(value, str))
            law.hold(value)

        hold()

    def test_of_an_inbound_calls_words_is_the_languages(self):
        """They are described as the language describes them, which also reads them."""
        form, language = calls.InboundForm(), ScriptSchema()
        for word in calls.SCRIPT:
            assert described(language.fields[word], reference) == described(
                form.fields[word], reference
            )

    def test_knows_no_exception_that_is_none(self):
        """Each class that is stricter than its schema is one of those in use."""
        used = {type(field).__name__ for field in [*LANGUAGE.values(), *IN_FORMS.values()]}
        assert set() == set(STRICTER) - used


def empty(value, path=""):
    """Where a document describes something by nothing at all."""
    if isinstance(value, dict):
        for key, each in value.items():
            if each == {} and key != "properties":
                yield f"{path}/{key}"
            yield from empty(each, f"{path}/{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from empty(each, f"{path}/{number}")


class TestNoDescriptionIsEmpty:
    def test_in_the_languages_schema(self):
        """An editor is told something of each key."""
        assert [] == list(empty(scenario_schema()))

    def test_in_openapi(self):
        """Each parameter and each property of a body has a type, but for what was sent itself."""
        found = [path for path in empty(document(routes())) if "/security" not in path]
        assert ["/components/schemas/SentCallback/properties/fields"] == found

    def test_in_any_form(self):
        """A new kind of field must describe itself."""
        for form in FORMS:
            assert isinstance(form, Schema)
            assert [] == list(empty(described_form(form)))

    def test_and_every_reference_leads_somewhere(self):
        """Within the document that holds it."""
        for found in (scenario_schema(), document(routes())):
            for target in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(found))):
                place = found
                for part in target.split("/"):
                    place = place[part]
                assert place
