"""Law: coverage counts what an application under test has met, and nothing else: issue 11."""

import contextlib

import pytest
import requests

from exomock.client import ControlError, NotThere, Refused, Server, WrongArgument
from exomock.domain.situations import Situation
from exomock.engine.books import MOST_SUITES, Books
from exomock.engine.news import News
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.testing.receiver import Receiver
from pages import rows_of, text_of

FLOW = "http://my.exotel.com/acc/exoml/start_voice/926"
TO = "09822200002"


@pytest.fixture(scope="module")
def url():
    """A server that keeps no request and no news: its books are all that knows."""
    with Exomock(settings=Settings(rate=0, journal_entries=0, events_kept=0)) as mock:
        yield mock.url


@pytest.fixture
def suite(url, request):
    """A suite of this test's own on that server."""
    server = Server(url)
    server.suite = f"suite-{abs(hash(request.node.name))}"
    return server


def met(server):
    """The situations that the application of a suite has met, by label, with their counts."""
    answer = server.wire.control("GET", f"/coverage?suite={server.suite}")
    found = {f"{each['group']}: {each['name']}": each["met"] for each in answer["situations"]}
    assert len(Situation) == answer["of"] == len(found)
    assert answer["met"] == sum(1 for count in found.values() if count)
    return {label: count for label, count in found.items() if count}


class Application:
    """An application with all that one does: it calls, is told, looks at the call, and lists."""

    def __init__(self, account, receiver):
        self.account, self.receiver = account, receiver

    def get(self, path, **query):
        auth = (self.account.key, self.account.token)
        return requests.get(f"{self.account.base}/{path}", query, auth=auth, timeout=10)

    def call(self, to=TO, **parameters):
        told = {
            "StatusCallback": self.receiver.url,
            "StatusCallbackEvents": ["terminal", "answered"],
        }
        return self.account.connect(to, **told | parameters)

    def flow(self, url=FLOW):
        return self.account.connect(StatusCallback=self.receiver.url, Url=url)

    def list_to_the_end(self, size):
        following = f"/v1/Accounts/{self.account.sid}/Calls.json?PageSize={size}"
        while following:
            auth = (self.account.key, self.account.token)
            page = requests.get(f"{self.account.url}{following}", auth=auth, timeout=10).json()
            following = page["Metadata"]["NextPageUri"]


@pytest.fixture
def application(suite):
    """One on a fresh account of the suite, with a receiver."""
    receiver = Receiver()
    account = suite.account(scenario={"account": {"late_fields": "2m"}})
    yield Application(account, receiver)
    receiver.close()
    account.close()


def fails_times(number):
    """A receiver that fails so often, then takes what it is told."""

    def recipe(application):
        got, receiver = [], application.receiver

        def answer(_environ, start_response):
            got.append(1)
            start_response("500 No" if len(got) <= number else "200 OK", [])
            return []

        receiver.app(answer)
        application.call(StatusCallbackEvents=["terminal"])
        application.account.advance("idle")

    return recipe


def late(path):
    """A look at calls between their end and their late fields."""

    def recipe(application):
        call = application.call()
        application.account.advance(60)
        assert "completed" == application.account.call(call).status
        application.get(path.format(call.sid))

    return recipe


def two_pages(application):
    for _ in range(2):
        application.call()
    application.account.advance("idle")
    application.list_to_the_end(1)


def flow_missed(application):
    application.account.next(leg1="no_answer")
    application.flow()
    application.account.advance("idle")


def flow(url):
    def recipe(application):
        application.flow(url)
        application.account.advance("idle")

    return recipe


def refused(application):
    with pytest.raises(Refused):
        application.account.connect(TO, from_="123")


RECIPES = {
    Situation.PARAMETERS: refused,
    Situation.NOT_FOUND: lambda application: application.get("Calls/none.json"),
    Situation.SECOND_TRY: fails_times(1),
    Situation.THIRD_TRY: fails_times(2),
    Situation.GIVEN_UP: fails_times(3),
    Situation.MORE_PAGES: two_pages,
    Situation.SECOND_PAGE: two_pages,
    Situation.FLOW_TAKEN: flow(FLOW),
    Situation.FLOW_MISSED: flow_missed,
    Situation.FLOW_LOST: flow("http://example.com/nothing"),
    Situation.LATE_DETAILS: late("Calls/{}.json"),
    Situation.LATE_LIST: late("Calls"),
}
"""What a sentence of the table means; the statements of the others are run as they are."""


def bring_about(situation, application):
    """Do what the table says, then what an application does; it survives all errors."""
    if situation in RECIPES:
        RECIPES[situation](application)
        return
    exec(situation.value.how, {"exotel": application.account})
    with contextlib.suppress(Refused, ControlError, requests.RequestException):
        application.call()
    application.account.advance("idle")


BESIDE = {
    Situation.CREDENTIALS: {"API faults: error"},  # a fault is how the table brings it about
    Situation.THIRD_TRY: {"retries: second try"},
    Situation.GIVEN_UP: {"retries: second try", "retries: third try"},
    Situation.MORE_PAGES: {"paging: a further page"},
    Situation.SECOND_PAGE: {"paging: more than a page"},
}
"""What else comes with it; the ends of legs come with each call."""


@pytest.mark.parametrize("situation", Situation, ids=lambda each: each.label)
def test_each_is_met_by_what_the_table_says(situation, suite, application):
    """It is not met before; its row brings it about, and nothing that has not happened."""
    assert {} == met(suite)
    if situation in (Situation.HUNG, Situation.DELAYED):
        application.account.wire.ask = impatient(application.account.wire.ask)

    bring_about(situation, application)

    found = met(suite).keys()
    legs = {label for label in found if label.startswith("leg ")}
    assert situation.label in found
    assert found - legs <= {situation.label} | BESIDE.get(situation, set())


def impatient(ask):
    """An application gives up an answer that does not come."""

    def asked(method, path, body, headers, *, timeout=30):
        return ask(method, path, body, headers, timeout=1 if "/v1/" in path else timeout)

    return asked


def test_a_call_that_goes_well_meets_two(suite, application):
    """Both legs complete; its ordinary callbacks and requests are nothing that fails."""
    application.call()
    application.account.advance("idle")
    application.list_to_the_end(10)

    assert {"leg 1: completed": 1, "leg 2: completed": 1} == met(suite)


class TestWhatIsNotMet:
    def test_a_fault_that_nobody_runs_into(self, suite, application):
        """Laid down is not met; nor is a fate that waits for a call."""
        application.account.fault("html")
        application.account.next(leg2="busy")

        assert {} == met(suite)

    def test_what_nobody_received(self, suite, application):
        """A callback that is late, to a receiver that is not there: only the retries are met."""
        application.account.next(callbacks={"delay": "20s"})
        application.account.connect(TO, StatusCallback="http://127.0.0.1:9/gone")
        application.account.advance("idle")

        told = {label for label in met(suite) if not label.startswith("leg ")}
        assert {"retries: second try", "retries: third try", "retries: given up"} == told

    def test_a_callback_that_a_test_sends_again(self, suite, application):
        """A replay is the test's doing: neither a retry nor a repetition."""
        application.account.next(callbacks={"repeat": 2})
        application.account.connect(TO, StatusCallback=application.receiver.url)
        application.account.advance("idle")
        before = met(suite)
        for callback in application.account.callbacks:
            application.account.replay(callback)

        assert before == met(suite)

    def test_what_happens_in_other_accounts(self, suite, url):
        """An account without a suite, or of another one; and the server's own."""
        other = Server(url)
        with suite.account(), other.account() as account:
            account.connect(TO)
            account.advance("idle")

        assert {} == met(suite)


class TestWhatIsCounted:
    def test_survives_account_reset_and_restore(self, suite):
        """What was met stays met; after each the account goes on counting."""
        account = suite.account()
        for again in (lambda: account.restore(account.snapshot()), account.reset, account.close):
            account.next(leg2="busy")
            account.connect(TO)
            account.advance("idle")
            again()

        assert {"leg 1: completed": 3, "leg 2: busy": 3} == met(suite)

    def test_is_of_all_accounts_of_the_suite(self, suite):
        """They add up."""
        for fate in ("busy", "no_answer"):
            with suite.account() as account:
                account.next(leg2=fate)
                account.connect(TO)
                account.advance("idle")

        assert {"leg 1: completed": 2, "leg 2: busy": 1, "leg 2: no-answer": 1} == met(suite)

    def test_late_fields_again_after_a_restore(self, suite, application):
        """The call is once more between its end and its late fields."""
        account, call = application.account, application.call()
        account.advance(60)
        then = account.snapshot()
        account.advance("idle")
        application.get(f"Calls/{call.sid}.json")
        assert "late fields: in details" not in met(suite)
        account.restore(then)

        application.get(f"Calls/{call.sid}.xml")
        application.get(f"Calls/{call.sid}")

        assert 1 == met(suite)["late fields: in details"]

    def test_kept_answers_too(self, suite, application):
        """An answer that comes from memory is an answer."""
        for _ in range(2):
            application.call()
        application.account.advance("idle")
        for _ in range(3):
            application.get("Calls.json", PageSize=1)

        assert 3 == met(suite)["paging: more than a page"]


def test_an_account_without_a_suite_pays_nothing():
    """Its news are those that they always were, without a word of coverage in them."""
    with Exomock() as mock:
        assert all(type(world.news) is News for world in mock.exchange.engine.worlds.values())
        assert [] == mock.exchange.engine.accounts.books.suites


def test_the_books_of_the_oldest_suite_go():
    """A server that runs for months keeps the last thousand."""
    books = Books()
    first = books.open("first")
    for number in range(MOST_SUITES - 1):
        books.open(f"suite-{number}")
    assert books.open("first") is first

    books.open("one more")

    assert books.find("first") is None
    assert MOST_SUITES == len(books.suites)


class TestWrongQuestions:
    def test_a_suite_that_nobody_has_begun(self, suite):
        """The nearest one is named."""
        suite.suite = "nightly-7"
        suite.account().close()

        with pytest.raises(NotThere, match="suite 'nightly-8'; did you mean 'nightly-7'"):
            suite.wire.control("GET", "/coverage?suite=nightly-8")

    @pytest.mark.parametrize(
        "query", ["", "?suite=", "?suite=a+b", f"?suite={'a' * 65}", "?suit=x"]
    )
    def test_no_suite_at_all(self, suite, query):
        """What a suite's id looks like is said."""
        with pytest.raises(WrongArgument, match="suit"):
            suite.wire.control("GET", f"/coverage{query}")

    def test_an_account_of_no_suite(self, url):
        """The account is not made."""
        server = Server(url)
        server.suite = "a suite"
        before = len(server.accounts)

        with pytest.raises(WrongArgument, match="suite: 'a suite' is not valid; expected 1 to 64"):
            server.account()
        assert before == len(server.accounts)


class TestThePage:
    def test_lists_each_with_what_brings_it_about(self):
        """docs/coverage.md is the table of the code."""
        rows = rows_of("docs/coverage.md", "## What is counted")

        assert [list(each.value) for each in Situation] == [
            [group, name, how.strip("`")] for group, name, how in rows
        ]

    def test_shows_a_sum_that_can_be(self):
        """The example ends as a run would that meets eight."""
        of = len(Situation)
        line = f"met 8 of {of} situations ({800 / of:.1f} %); above are the {of - 8} it never met"

        assert line in text_of("docs/coverage.md")
