"""DND is one truth: what a look-up says of a number is what a connect meets there, and by name."""

import os

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, NOON, TO, Driver, error_of, why_of
from exomock.server import Exomock
from exomock.settings import Settings

MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 25

MAGIC = "09000000005"
LISTED = "Call to [{}] can not be made because of TRAI NDNC regulations."
NUMBERS = [FROM, TO, MAGIC, "09811111111", "09822222222"]
CONDITIONS = [
    "chance: 50%", "nth: 1", "nth: 2..3", "every_nth: 2", 'PARTY: "0981*"', "time: 09:00-12:30",
    "time: 13:00-14:00", 'PARTY: "0982*", chance: 40%', 'PARTY: "0982*", nth: 2',
]  # fmt: skip
FATES = [
    "refuse: dnd", "refuse: dnd", "refuse: kyc", "leg2: busy",
    "attempts: [{refuse: dnd}, {leg2: busy}, {refuse: dnd}]",
]  # fmt: skip
RULES = st.lists(
    st.tuples(st.sampled_from(CONDITIONS), st.sampled_from(FATES)),
    max_size=3,
    unique_by=lambda rule: rule[0],
)
KNOWN = st.dictionaries(
    st.sampled_from(NUMBERS), st.sampled_from(['"Yes"', '"No"', "Unavailable"]), max_size=2
)


@pytest.fixture(scope="module")
def one():
    """One server for many scenarios, its clock frozen at NOON."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


def begin(driver, text):
    """Let a scenario begin in an empty account at NOON."""
    base = f"{driver.mock.url}/_exomock/accounts/exomock"
    kind = {"Content-Type": "application/yaml"}
    assert driver.http.put(f"{base}/scenario", data=text, headers=kind, timeout=9).ok
    assert driver.http.post(f"{base}/reset", json={"keep": ["scenario"]}, timeout=9).ok


def dnd(driver, number):
    return driver.get(f"Numbers/{number}.json").json()["Numbers"]["DND"]


def refused_about(response):
    """The number that a refusal says is on the list, None of any other answer."""
    message = "" if response.ok else error_of(response)["Message"]
    return message.partition("[")[2].partition("]")[0] if "NDNC" in message else None


def scenario(rules, known, *, magic=True):
    lines = "".join(f"\n  - {{when: {{{when}}}, {fate}}}" for when, fate in rules)
    numbers = "".join(f'\n  "{number}": {{dnd: {said}}}' for number, said in known.items())
    return f"magic: {str(magic).lower()}\nrules:{lines or ' []'}\nnumbers:{numbers or ' {}'}\n"


class TestALookUp:
    @pytest.mark.parametrize(("party", "other"), [("to", "From"), ("from", "To")])
    @settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    @given(RULES, KNOWN, st.booleans(), st.lists(st.sampled_from(NUMBERS), min_size=4, max_size=4))
    def test_says_what_a_connect_now_would_meet(
        self, one, party, other, rules, known, magic, numbers
    ):
        """Chance, time, nth, attempts, `numbers` and magic numbers; asking twice counts nothing."""
        only = [rule for rule in rules if party == "to" or "PARTY" in rule[0]]
        begin(one, scenario(only, known, magic=magic).replace("PARTY", party))
        for number in numbers:
            said = {dnd(one, number), dnd(one, number)}
            response = one.try_connect(**{"To": number, "From": number, other: EXOPHONE})

            assert 1 == len(said)
            if refused_about(response) == number:
                assert {"Yes"} == said
            if response.ok:
                assert {"Yes"} != said

    @settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))
    @given(RULES, KNOWN, st.sampled_from(NUMBERS), st.sampled_from(NUMBERS), st.booleans())
    def test_and_the_whitelist_tell_one_story(self, one, rules, known, to, from_, both):
        """
        Whoever may be called is on no list, or whitelisted; the register says the same before.

        A refusal that says DND names somebody who is not whitelisted; once both are, none says it.
        """
        begin(one, scenario(rules, known).replace("PARTY", "to"))
        numbers = {to, from_} if both else {to}
        before = dnd(one, to)
        entry = {"VirtualNumber": EXOPHONE, "Number": ",".join(numbers)}
        assert one.post("CustomerWhitelist", data=entry).ok
        assert before == dnd(one, to)

        response = one.try_connect(To=to, From=from_)
        named = refused_about(response)
        assert named not in numbers, (rules, known, to, from_, why_of(response), response.text)
        assert named is None or not both

    def test_of_a_number_that_numbers_list_is_yes_and_a_connect_is_refused(self, exchange):
        """Both ways in: as To, and as From."""
        driver = exchange('numbers: {"09876543210": {dnd: "Yes"}, "09876543211": {dnd: "No"}}\n')

        assert ["Yes", "No"] == [dnd(driver, n) for n in ("09876543210", "9876543211")]
        for fields in ({"To": "+919876543210"}, {"From": "9876543210"}):
            response = driver.try_connect(**fields)
            assert 403 == response.status_code
            assert error_of(response)["Message"].startswith(LISTED.format("09876543210"))
            assert "dnd of 09876543210 is Yes" in response.headers["X-Exomock-Why"]
        assert 200 == driver.try_connect(To="09876543211").status_code

    def test_of_the_magic_number_is_yes_unless_magic_is_off(self, exchange):
        on, off = exchange("rules: []\n"), exchange("magic: false\nrules: []\n")

        assert ["Yes", "No"] == [dnd(driver, MAGIC) for driver in (on, off)]
        assert [403, 200] == [driver.try_connect(To=MAGIC).status_code for driver in (on, off)]

    def test_of_any_other_number_is_no(self, driver):
        """A connect to it is placed."""
        assert {"No"} == {dnd(driver, f"098222000{nth:02d}") for nth in range(20)}

    def test_follows_what_a_refused_connect_has_counted(self, exchange):
        """The second connect is refused: the look-up before it says so, the one after it not."""
        driver = exchange("rules: [{when: {nth: 2}, refuse: dnd}]\n")
        said = [(dnd(driver, TO), driver.try_connect().status_code) for _ in range(3)]

        assert [("No", 200), ("Yes", 403), ("No", 200)] == said

    def test_follows_the_time_of_day(self, exchange):
        """A kept answer of a second ago is none."""
        driver = exchange("rules: [{when: {time: 13:00-14:00}, refuse: dnd}]\n")
        before = dnd(driver, TO)
        driver.advance(3600)

        assert ("No", "Yes", 403) == (before, dnd(driver, TO), driver.try_connect().status_code)

    def test_sees_what_is_laid_down_for_the_next_call(self, driver):
        """`next` decides before any rule; a look-up leaves it there."""
        url = f"{driver.mock.url}/_exomock/accounts/exomock/next"
        assert 201 == requests.post(url, json={"refuse": "dnd"}, timeout=9).status_code

        assert ["Yes", "Yes"] == [dnd(driver, TO), dnd(driver, TO)]
        assert [403, 200] == [driver.try_connect().status_code for _ in range(2)]
        assert "No" == dnd(driver, TO)


class TestTheText:
    @pytest.mark.parametrize(
        ("text", "fields", "named"),
        [
            pytest.param("rules: []", {"From": MAGIC}, MAGIC, id="magic From"),
            pytest.param("rules: []", {"To": MAGIC}, MAGIC, id="magic To"),
            pytest.param('rules: [{when: {from: "0981*"}, refuse: dnd}]', {}, FROM, id="from"),
            pytest.param('rules: [{when: {to: "0982*"}, refuse: dnd}]', {}, TO, id="to"),
            pytest.param("rules: [{refuse: dnd}]", {}, TO, id="neither"),
            pytest.param(
                "rules: [{refuse: dnd}]",
                {"To": None, "Url": "http://my.exotel.com/x/exoml/start_voice/9"},
                FROM,
                id="a flow has no To",
            ),
            pytest.param(
                'faults: [{when: {from: "0981*"}, answer: dnd}]', {}, FROM, id="a fault about From"
            ),
        ],
    )
    def test_names_the_party_that_is_on_the_list(self, exchange, text, fields, named):
        assert named == refused_about(exchange(f"{text}\n").try_connect(**fields))

    def test_of_another_refusal_comes_first(self, exchange):
        """A rule that refuses for its own reason decides before the list does."""
        driver = exchange('rules: [{refuse: kyc}]\nnumbers: {"09822200002": {dnd: "Yes"}}')

        assert 340030 == error_of(driver.try_connect())["Code"]
        assert "Yes" == dnd(driver, TO)
