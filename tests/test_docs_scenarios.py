"""The page of the scenario language is true: its tables are the schemas', its examples load."""

import re

import pytest
import yaml
from marshmallow import fields

from exomock.domain.message_rules import MESSAGE_MAGIC
from exomock.domain.recording import Recording
from exomock.domain.refusals import MESSAGE_REFUSALS
from exomock.domain.report import OUTCOMES
from exomock.domain.script import DEFAULT_AFTER
from exomock.domain.status import Status
from exomock.recording.wav import as_wav
from exomock.scenarios import ScenarioError, read_scenario, read_scenarios
from exomock.scenarios.canned import CannedSchema
from exomock.scenarios.exophones import ExoPhoneList, ExoPhoneSchema
from exomock.scenarios.faults import (
    METHODS,
    PRESETS,
    AnswerSchema,
    FaultSchema,
    FaultWhenSchema,
    GivenAnswer,
)
from exomock.scenarios.flows import FlowSchema, FlowsWord
from exomock.scenarios.history import HistorySchema
from exomock.scenarios.messages import (
    MessageHeading,
    MessageScriptSchema,
    MessageTwistSchema,
    MessageWhenSchema,
)
from exomock.scenarios.people import CallerSchema, HangsUpSchema, HangsUpWord
from exomock.scenarios.recordings import RecordingSchema
from exomock.scenarios.rules import (
    LEG1_FATES,
    LEG2_FATES,
    CallbacksSchema,
    Heading,
    PriceSchema,
    RefusalSchema,
    Refuse,
    RuleSchema,
    ScriptSchema,
    TwistSchema,
    WhenSchema,
)
from exomock.scenarios.schema import ScenarioSchema
from exomock.scenarios.world import (
    AccountSchema,
    ClockSchema,
    GeneratorHeading,
    Numbers,
    NumberSchema,
    PastCallSchema,
)
from pages import blocks_in, examples, rows_of, section_of, text_of, whole

PAGE = "docs/scenarios.md"

TABLES = {
    "## A file": (ScenarioSchema,),
    "## A rule": (Heading, ScriptSchema, RuleSchema),
    "### price": (PriceSchema,),
    "### refuse": (RefusalSchema,),
    "## when": (WhenSchema,),
    "## callbacks": (TwistSchema, CallbacksSchema),
    "## recording": (RecordingSchema,),
    "## messages": (MessageHeading, MessageScriptSchema),
    "### when of a message": (MessageWhenSchema,),
    "### callbacks of a message": (MessageTwistSchema,),
    "## flows": (FlowSchema,),
    "### canned answers": (CannedSchema,),
    "### people in flows": (CallerSchema, HangsUpSchema),
    "## numbers": (NumberSchema,),
    "## clock": (ClockSchema,),
    "## account": (AccountSchema,),
    "### exophones": (ExoPhoneSchema,),
    "## history": (HistorySchema,),
    "## calls": (PastCallSchema,),
    "## inbound": (GeneratorHeading,),
    "## faults": (FaultSchema,),
    "### when of a fault": (FaultWhenSchema,),
    "### answer": (AnswerSchema,),
}
"""Under which heading the keys of which schemas are described."""

CUSTOM = {
    Numbers: NumberSchema,
    Refuse: RefusalSchema,
    GivenAnswer: AnswerSchema,
    ExoPhoneList: ExoPhoneSchema,
    FlowsWord: FlowSchema,
    HangsUpWord: HangsUpSchema,
}
"""Fields whose mapping has a schema that marshmallow does not know of."""


def inner(field):
    """The schema of the mappings in a field, None if it holds none."""
    if isinstance(field, fields.Nested):
        return field.schema
    if isinstance(field, fields.List):
        return inner(field.inner)
    custom = CUSTOM.get(type(field))
    return custom() if custom else None


def owner(schema, name):
    """The schema that first declares a key which others inherit."""
    return [each for each in type(schema).__mro__ if name in getattr(each, "_declared_fields", {})][
        -1
    ]


def keys_of(schema):
    """Every key of a schema and of what is in it, with its owner."""
    for name, field in schema.fields.items():
        yield owner(schema, name), field.data_key or name
        if inner(field) is not None:
            yield from keys_of(inner(field))


def used_in(schema, data):
    """The keys that some data uses, with their owners."""
    for name, field in schema.fields.items():
        key = field.data_key or name
        if key not in data:
            continue
        yield owner(schema, name), key
        value, within = data[key], inner(field)
        if isinstance(field, (Numbers, FlowsWord)):
            value = list(value.values())
        for each in value if isinstance(value, list) else [value]:
            if within is not None and isinstance(each, dict):
                yield from used_in(within, each)


def canned(value):
    """Every `answer` of a flow's step that is written out."""
    if isinstance(value, list | dict):
        for each in value if isinstance(value, list) else value.values():
            yield from canned(each)
    if isinstance(value, dict) and isinstance(value.get("answer"), dict):
        yield value["answer"]


KEYS = sorted(
    {*keys_of(ScenarioSchema()), *keys_of(CannedSchema())},
    key=lambda pair: (pair[0].__name__, pair[1]),
)


class TestExamples:
    @pytest.mark.parametrize("block", examples("yaml", "README.md", PAGE, "docs/tutorial.md"))
    def test_each_loads(self, block, tmp_path):
        """Files that it includes are there, and empty; its audio is a second long."""
        for name in yaml.safe_load(whole(block)).get("include", ()):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        (tmp_path / "greeting.wav").write_bytes(b"".join(as_wav(Recording("", 1))))
        (tmp_path / "example.yaml").write_text(whole(block))
        scenario = read_scenarios((str(tmp_path / "example.yaml"),))
        assert whole(block) in scenario.text

    @pytest.mark.parametrize(
        ("schema", "key"), KEYS, ids=[f"{schema.__name__}.{key}" for schema, key in KEYS]
    )
    def test_each_key_stands_in_one(self, schema, key):
        blocks = blocks_in(text_of(PAGE), "yaml")
        files = [yaml.safe_load(whole(block)) for block in blocks]
        used = {pair for file in files for pair in used_in(ScenarioSchema(), file)}
        used |= {pair for step in canned(files) for pair in used_in(CannedSchema(), step)}
        assert (schema, key) in used


class TestTables:
    @pytest.mark.parametrize("heading", TABLES)
    def test_each_has_the_keys_of_its_schemas_and_no_other(self, heading):
        keys = {key for schema, key in KEYS if schema in TABLES[heading]}
        assert keys == {row[0].strip("`") for row in rows_of(PAGE, heading)}

    def test_every_schema_has_one(self):
        described = {schema for schemas in TABLES.values() for schema in schemas}
        assert {schema for schema, _key in KEYS} == described

    def test_the_words_of_legs_are_the_codes(self):
        rows = {row[0].strip("`"): row for row in rows_of(PAGE, "## legs and times")}
        assert list(rows) == [fate.value for fate in LEG2_FATES]
        for fate in LEG2_FATES:
            assert (fate not in LEG1_FATES) == ("leg 2 only" in rows[fate.value][1])
            if fate in DEFAULT_AFTER:
                assert rows[fate.value][2] == f"{DEFAULT_AFTER[fate].low // 1_000_000} s"

    def test_the_outcomes_of_messages_are_the_table(self):
        """Word, code, name and status of each, in the order of the codes."""
        rows = [[f"`{each.word}`", str(each.code), *each[2:]] for each in OUTCOMES.values()]

        assert rows == rows_of(PAGE, "### outcomes")

    def test_the_magic_numbers_of_messages_are_the_table(self):
        """Each number, and what it does to a message."""
        rows = [[number, magic.says] for number, magic in MESSAGE_MAGIC.items()]

        assert rows == rows_of(PAGE, "### magic numbers of messages")

    @pytest.mark.parametrize(
        ("heading", "words"),
        [
            ("### refuse", [name for name in PRESETS if name != "html"]),
            ("### answer", ["html"]),
            ("## messages", MESSAGE_REFUSALS),
            ("### status and stuck", [status.value for status in Status]),
            ("### when of a fault", METHODS),
        ],
    )
    def test_all_words_of_a_list_are_named(self, heading, words):
        assert set(re.findall(r"`([^`]+)`", section_of(PAGE, heading))) >= set(words)


class TestMistakes:
    def test_the_sample_is_what_is_said(self):
        mistake = 'rules:\n  - name: the customer who is always busy\n    when: {to: "09052161119"}\n    leg2: {bsy: 2s}\n'
        with pytest.raises(ScenarioError) as raised:
            read_scenario("evening.yaml", mistake.encode())
        assert f"\nexomock: {raised.value}\n" in text_of(PAGE)
        # The README cuts the list of words short, nothing else.
        assert re.sub(r"busy, .*?;", "busy, …;", str(raised.value)) in text_of("README.md")
