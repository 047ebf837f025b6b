"""Rules and faults read one request alike: what `when` compares is the same for both."""

import os
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO, Driver
from exomock.domain.fault import ArmedFault, Fault
from exomock.domain.flow_url import flow_of
from exomock.domain.when import texts_of
from exomock.server import Exomock
from exomock.settings import Settings

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 60

FLOW = "http://my.exotel.com/acc/exoml/start_voice/926"
URLS = [
    FLOW,
    f"{FLOW}/",
    f"{FLOW}?a=/7",
    "http://other.example/exoml/926",
    "http://x.test",
    "",
    "0",
]
NUMBERS = [FROM, TO, EXOPHONE, "+919822200002", " 919822200002", "+14155552671", " 14155552671", ""]
VALUES = {
    "From": NUMBERS,
    "To": NUMBERS,
    "CallerId": NUMBERS,
    "CallerID": NUMBERS,
    "Url": URLS,
    "CustomField": ["", "0", "order 7"],
}
PAIRS = st.lists(
    st.sampled_from(list(VALUES)).flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from(VALUES[name]))
    ),
    max_size=9,
)


class Onlooker(ArmedFault):
    """A fault that strikes nothing, and keeps what it was shown."""

    def meant(self, request, _now):
        """Look at a request."""
        self.texts = request.texts
        return False


class Seen:
    """What the rules and the faults of one server are shown."""

    def __init__(self, driver):
        self.driver, self.onlooker = driver, Onlooker("1", Fault("onlooker"), 0, "", own=True)
        self.driver.mock.exchange.engine.worlds["exomock"].faults = [self.onlooker]

    def ask(self, query, body):
        """Place a call, or try to; the texts that faults saw, and its order if there is one."""
        answer = self.driver.http.post(
            f"{self.driver.mock.base}/Calls/connect.json?{urlencode(query)}",
            data=urlencode(body),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            timeout=9,
        )
        if answer.status_code != 200:
            return self.onlooker.texts, None
        sid = answer.json()["Call"]["Sid"]
        order = self.driver.mock.exchange.engine.store.calls.one("exomock", sid).order
        return self.onlooker.texts, order


@pytest.fixture(scope="module")
def seen():
    """A server in which a fault looks at each request."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield Seen(Driver(mock))


class TestWhatWhenCompares:
    @settings(max_examples=MANY, deadline=None)
    @given(PAIRS, PAIRS, st.booleans())
    def test_is_the_same_for_a_rule_and_a_fault(self, seen, query, body, whole):
        """Numbers, flow and CustomField; given twice, empty, as 0, by either name, in either part."""
        if whole:
            body = [*body, ("From", FROM), ("CallerId", EXOPHONE), ("To", TO)]
        texts, order = seen.ask(query, body)
        if order is not None:
            assert dict(texts_of(order)) == dict(texts)

    @pytest.mark.parametrize(
        ("url", "flow", "status"),
        [
            (FLOW, '"926"', 502),
            (f"{FLOW}?x=1", '"926"', 502),
            ("http://other.example/926", '"926"', 200),
            ("http://other.example/926", '"http://other.example/926"', 502),
        ],
    )
    def test_is_the_flow_of_a_url_in_both(self, exchange, url, flow, status):
        """The app id where the Url names a flow, else the whole Url."""
        when = f"{{when: {{flow: {flow}}}"
        data = {"From": FROM, "CallerId": EXOPHONE, "Url": url}
        faulty = exchange(f"faults: [{when}, answer: html}}]\n")
        ruled = exchange(f"rules: [{when}, refuse: {{status: 502, message: x}}}}]\n")

        for driver in (faulty, ruled):
            assert status == driver.post("Calls/connect.json", data=data).status_code

    def test_names_the_same_number_where_both_refuse(self, exchange):
        """`{number}` is whom the order was to reach, its body before its query."""
        refuse = "refuse: {status: 403, message: 'not {number}'}"
        answer = "answer: {status: 403, message: 'not {number}'}"
        data = {"From": FROM, "CallerId": EXOPHONE, "To": TO}
        said = {
            driver.post(
                "Calls/connect.json?To=09811100009", data=data
            ).json()["RestException"]["Message"]
            for driver in (exchange(f"rules: [{{{refuse}}}]\n"), exchange(f"faults: [{{{answer}}}]\n"))
        }  # fmt: skip

        assert {f"not {TO}"} == said


@settings(max_examples=MANY, deadline=None)
@given(st.text(max_size=60))
def test_every_url_leads_to_a_flow_or_is_lost_itself(url):
    """What is lost keeps its whole Url as its flow."""
    flow = flow_of(url)
    assert flow.lost == (flow.app == url)
