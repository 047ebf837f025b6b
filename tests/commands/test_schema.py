"""`exomock scenario schema`: what editors complete and check with."""

import json
import re
from pathlib import Path

import pytest
import requests
import yaml
from jsonschema import Draft202012Validator

from exomock.scenarios import shipped
from exomock.scenarios.jsonschema import scenario_schema
from pages import whole

ROOT = Path(__file__).parents[2]
BLOCKS = re.findall(
    r"^```yaml\n(.*?)^```$",
    (ROOT / "docs/scenarios.md").read_text("utf-8"),
    re.MULTILINE | re.DOTALL,
)


@pytest.fixture(scope="module")
def validator():
    return Draft202012Validator(scenario_schema())


class TestTheSchema:
    def test_is_a_schema(self):
        Draft202012Validator.check_schema(scenario_schema())

    def test_is_the_published_one(self, commands):
        printed = "\n".join(commands.lines("schema")) + "\n"
        assert printed == (ROOT / "scenarios/exomock.schema.json").read_text("utf-8")

    def test_is_served_to_editors_too(self, exchange):
        url = f"{exchange().mock.url}/_exomock/scenario-schema.json"
        assert scenario_schema() == requests.get(url, timeout=9).json()

    @pytest.mark.parametrize("name", shipped())
    def test_takes_each_shipped_scenario_which_names_it(self, validator, name):
        text = shipped()[name].read_text("utf-8")
        assert text.startswith("# yaml-language-server: $schema=exomock.schema.json\n")
        validator.validate(_plain(text))

    @pytest.mark.parametrize("block", BLOCKS)
    def test_takes_each_example_of_the_documentation(self, validator, block):
        validator.validate(_plain(block))

    @pytest.mark.parametrize(
        "text",
        [
            "rulez: []",
            "rules: [{leg1: bsy}]",
            "rules: [{leg2: {answer: 3}}]",
            "rules: [{leg1: {cancel: 3s}}]",
            "rules: [{when: {chance: 20}}]",
            "rules: [{callbacks: {answered: {repeat: 0}}}]",
            "rules: [{refuse: {status: 200, message: x}}]",
            "history: {over: 30d}",
            "faults: [{answer: {drip: fast}}]",
            "clock: {rate: -1}",
            "account: {rate_limit: 200}",
        ],
    )
    def test_refuses_what_is_wrong(self, validator, text):
        assert not validator.is_valid(_plain(text))


def _plain(text):
    """As an editor reads it: a key is a text, though YAML takes 200 for a number."""
    return json.loads(json.dumps(yaml.safe_load(whole(text)), default=str))
