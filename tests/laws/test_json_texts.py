"""Law: a text of a JSON body is read as it was sent, whatever YAML would take its characters for."""

import json

import pytest
import requests
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from exomock.client import Server
from exomock.scenarios import kept_words, read_fault, read_overlay, yaml_of
from exomock.scenarios.source import read_source
from exomock.server import Exomock

BODIES = {"faults": {"delay": "1s"}, "twists": {"callbacks": {"drop": True}}}

READ = {"faults": lambda raw: read_fault(raw).place, "twists": lambda raw: read_overlay(raw).place}

ODD = "a\x00\x01\x7f\x85\x9b\u2028\u2029\ufeff\ufffe\uffff\U0001f600b"

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@pytest.fixture(scope="module")
def mock():
    """A server."""
    with Exomock() as mock:
        yield mock


class TestATextOfAJsonBody:
    @pytest.mark.parametrize("escaped", [False, True], ids=["as it is", "escaped"])
    @pytest.mark.parametrize("route", BODIES)
    @given(name=texts)
    @example(name=ODD)
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    def test_is_the_name_of_what_is_laid_down(self, mock, route, escaped, name):
        """Of faults and twists: in JSON nothing is wrong with any character."""
        url = f"{mock.url}/_exomock/accounts/{mock.sid}/{route}"
        body = json.dumps({"name": name} | BODIES[route], ensure_ascii=escaped).encode()
        answer = requests.post(url, data=body, headers={"Content-Type": "application/json"})
        requests.delete(url)

        assert 201 == answer.status_code, answer.text
        assert f"{route.removesuffix('s')} {name}".strip() == answer.json()["by"]

    @pytest.mark.parametrize("long", ["", "x" * 20_000], ids=["short", "long"])
    @pytest.mark.parametrize("route", BODIES)
    def test_is_kept_for_a_restart(self, route, long):
        """The words that are kept are read once more; long ones are written anew."""
        sent = yaml_of({"name": ODD + long} | BODIES[route]).encode()

        assert READ[route](sent) == READ[route](kept_words(sent).encode())

    def test_that_is_wrong_is_told_by_its_key(self, mock):
        """As any other wrong value: not as a character that YAML forbids."""
        url = f"{mock.url}/_exomock/accounts/{mock.sid}/faults"
        answer = requests.post(url, json={"name": "a", "delay": "1\u009b"})

        assert 400 == answer.status_code
        assert ["delay"] == [each["key"] for each in answer.json()["problems"]]

    def test_is_a_scenario_as_well(self, mock):
        """Of an account that is made, and of one that has its scenario given."""
        words = {"description": ODD, "rules": [{"name": ODD, "leg1": "busy"}]}
        with Server(mock.url).account(scenario=words) as account:
            call = account.connect("09822200002")
            account.advance(60)

            assert "busy" == account.call(call).status


@given(st.recursive(texts, lambda each: st.lists(each, max_size=3) | st.dictionaries(texts, each)))
def test_yaml_of_json_is_that_json(data):
    """Nested, in keys and in values."""
    assert data == read_source("x", yaml_of({"data": data}).encode()).data["data"]
