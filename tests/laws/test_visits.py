"""A request is parsed once: each spelling of a path is one route, and stands in the journal once."""

import http.client
import os
from itertools import pairwise

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, ORDINARY, TO, Driver
from exomock.api.visit import read_visit
from exomock.server import Exomock
from exomock.settings import Settings

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 60

RESOURCES = ["", "Calls", "Calls/connect", "Calls/x", f"Numbers/{TO}", "Sms/send", "no/where", "é"]
METHODS = ["GET", "POST", "HEAD", "DELETE", "OPTIONS"]
FORM = f"From={FROM}&To={TO}&CallerId={EXOPHONE}"
VISITORS = [
    {},
    {"Origin": "http://evil.example"},
    {"Host": "evil.example"},
    {"Authorization": "Basic eDp5"},
    {"Authorization": ""},
]
"""The owner; a page that is refused; a name that was rebound; a stranger; nobody."""


@st.composite
def spelled(draw, resource):
    """A spelling of a path that leads to an account's resource, and whether it asks for JSON."""
    segments = ["v1", "Accounts", "exomock", *filter(None, resource.split("/"))]
    path, as_json = "", False
    for segment in segments:
        odd = draw(st.sampled_from(["", "", "", "/", "//", "/.json"]))
        suffix = draw(st.sampled_from(["", "", ".json"]))
        as_json = as_json or bool(suffix) or ".json" in odd
        path += f"{odd}/{segment}{suffix}"
    end = draw(st.sampled_from(["", "/", "//", "/.json", "/.json/"]))
    return path + end, as_json or ".json" in end


SPELLED = st.sampled_from(RESOURCES).flatmap(
    lambda resource: st.tuples(st.just(resource), spelled(resource))
)


@pytest.fixture(scope="module")
def one():
    """One server for many examples, its clock frozen."""
    with Exomock(ORDINARY, Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


def ask(driver, method, path, headers):
    """A request whose path is sent as it is; its status and Content-Type."""
    owner = {"Authorization": requests.auth._basic_auth_str(*driver.http.auth)}
    sent = {name: value for name, value in (owner | headers).items() if value}
    host, port = driver.mock.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=9)
    body = FORM if method == "POST" else None
    connection.request(method, path.replace("é", "%C3%A9"), body, sent)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers.get("Content-Type", "")


def entries(driver):
    return driver.mock.exchange.engine.worlds["exomock"].journal


class TestTheJournal:
    @settings(max_examples=MANY, deadline=None)
    @given(SPELLED, st.sampled_from(METHODS), st.sampled_from(VISITORS), st.integers(1, 2))
    def test_holds_every_request_of_an_account_exactly_once(
        self, one, spelling, method, headers, times
    ):
        """In any spelling that leads to it, by any method, refused visitors and kept answers too."""
        resource, (path, as_json) = spelling
        journal = entries(one)
        before = journal.total
        said = [ask(one, method, path, headers) for _ in range(times)]
        found = journal.entries()[-times:]

        assert before + times == journal.total
        assert [status for status, _kind in said] == [entry.status for entry in found]
        for (_status, kind), entry in zip(said, found, strict=True):
            assert (method, resource) == (entry.method, plain(entry.path))
            assert as_json == (kind == "application/json")

    def test_holds_the_account_itself_as_json(self, driver):
        """`GET /v1/Accounts/x.json`, which clients fetch to check their credentials."""
        path = f"{driver.mock.base}.json"
        assert [200, 200] == [driver.http.get(path, timeout=9).status_code for _ in range(2)]

        found = entries(driver).entries()
        assert [("GET", "", 200)] * 2 == [(each.method, each.path, each.status) for each in found]

    @pytest.mark.parametrize("path", ["/v0/Accounts/exomock/Calls", "/v1/accounts/exomock"])
    def test_holds_nothing_that_leads_to_no_account(self, driver, path):
        """An unknown version, and another spelling of Accounts, are no request of an account."""
        assert ask(driver, "GET", path, {})[0] in (400, 404)
        assert 0 == entries(driver).total


def plain(path):
    """A path of the journal without its spelling."""
    parts = (part.removesuffix(".json") for part in path.split("/"))
    return "/".join(part for part in parts if part)


class TestAVisit:
    @settings(max_examples=5 * MANY, deadline=None)
    @given(SPELLED)
    def test_is_the_same_in_all_spellings(self, spelling):
        """Account, resource and route; and the format is JSON where any segment says so."""
        resource, (path, as_json) = spelling
        raw = path.encode().decode("latin-1")
        visit = read_visit("GET", raw, "")
        canonical = read_visit(
            "GET", f"/v1/Accounts/exomock/{resource}".encode().decode("latin-1"), ""
        )

        assert ("v1", "exomock", resource, as_json) == (
            visit.version, visit.account, visit.resource, visit.as_json,
        )  # fmt: skip
        assert canonical.route == visit.route
        assert resource == plain(visit.written)

    @settings(max_examples=5 * MANY, deadline=None)
    @given(st.text(st.sampled_from("/v1Accounts.json_é*"), max_size=40))
    def test_can_be_made_of_any_path(self, path):
        """Its route is one that reads as itself, and holds no empty segment."""
        visit = read_visit("GET", path.encode().decode("latin-1"), "")
        again = read_visit("GET", visit.route, "")

        assert "" not in visit.route.split("/")[1:-1]
        assert "/" == visit.route or not visit.route.endswith("/")
        if ".json" not in visit.route:
            assert (visit.route, visit.account, visit.resource) == (
                again.route, again.account, again.resource,
            )  # fmt: skip

    @pytest.mark.parametrize(
        "path", ["//_exomock/accounts", "/_exomock.json/accounts/", "/_exomock"]
    )
    def test_knows_the_control_api_in_all_spellings(self, path):
        """So one guard decides who may."""
        assert read_visit("GET", path, "").control

    @settings(max_examples=20, deadline=None)
    @given(st.sampled_from(["Calls/{}.json", "/Calls/{}", "Calls.json"]))
    def test_is_written_alike_by_kept_answers_and_by_others(self, one, resource):
        """The journal's path is the same however the request was answered."""
        path = f"/v1/Accounts/exomock/{resource.format(one.connect())}"
        one.advance(60)
        for _ in range(3):
            ask(one, "GET", path, {})

        written = [entry.path for entry in entries(one).entries()[-3:]]
        assert all(a == b for a, b in pairwise(written))
