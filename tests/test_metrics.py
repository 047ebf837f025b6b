"""`/metrics`: what the server has done, for Prometheus."""

import subprocess
import sys

import requests
from prometheus_client.parser import text_string_to_metric_families

from conftest import ORDINARY
from exomock.metrics import CONTENT_TYPE, SHARED, resident


def metrics_of(url: str) -> dict[str, float]:
    """Every sample by its name and labels, as it is written."""
    return samples(requests.get(f"{url}/metrics", timeout=5).text)


def samples(text: str) -> dict[str, float]:
    """The samples of a text, as Prometheus's own parser reads them."""
    return {
        each.name + "".join(f"{{{value}}}" for value in each.labels.values()): each.value
        for family in text_string_to_metric_families(text)
        for each in family.samples
    }


CONNECT = "{/v1/Accounts/<account>/Calls/connect}"
DETAILS = "{/v1/Accounts/<account>/Calls/<sid>}"


class TestRequests:
    def test_are_counted_by_route_and_status(self, exchange):
        """A path stands under the rule that took it, so that a Sid makes no series of its own."""
        driver = exchange()
        driver.connect()
        assert 400 == driver.try_connect(From="").status_code
        requests.get(f"{driver.mock.url}/nowhere", timeout=5)

        found = metrics_of(driver.mock.url)

        assert 1 == found[f"exomock_requests_total{CONNECT}{{200}}"]
        assert 1 == found[f"exomock_requests_total{CONNECT}{{400}}"]
        assert 1 == found["exomock_requests_total{other}{404}"]

    def test_are_counted_when_they_are_answered_from_memory(self, exchange):
        """A poll that costs nothing is a request as well."""
        driver = exchange()
        sid = driver.connect()
        for _ in range(5):
            driver.call(sid)

        assert 5 == metrics_of(driver.mock.url)[f"exomock_requests_total{DETAILS}{{200}}"]

    def test_of_two_servers_in_one_process_are_apart(self, exchange):
        """A test suite has one server for each of its workers, or for each test."""
        one, other = exchange(), exchange()
        one.connect()

        assert f"exomock_requests_total{CONNECT}{{200}}" in metrics_of(one.mock.url)
        assert f"exomock_requests_total{CONNECT}{{200}}" not in metrics_of(other.mock.url)


class TestCallbacks:
    def test_are_counted_by_what_became_of_them(self, exchange, receiver):
        """Each try by itself: a delivered one after a failed one is two."""
        driver = exchange(ORDINARY, retry_after=(1.0,))
        receiver.answer = lambda _received: 500 if len(receiver.got) == 1 else 200
        driver.connect(StatusCallback=receiver.url)
        driver.advance(120)

        found = metrics_of(driver.mock.url)

        assert 1 == found["exomock_callbacks_total{retried}"]
        assert 1 == found["exomock_callbacks_total{delivered}"]

    def test_that_are_dropped_or_collected_are_counted(self, exchange, receiver):
        """What a scenario has never sent, and what a test looks up."""
        driver = exchange("rules: [{leg1: {busy: 0s}, callbacks: {drop: true}}]")
        driver.connect(StatusCallback=receiver.url)
        driver.advance(60)

        assert 1 == metrics_of(driver.mock.url)["exomock_callbacks_total{dropped}"]

    def test_on_a_running_clock_have_a_lateness(self, exchange, receiver):
        """Where time is moved by hand there is none."""
        driver = exchange("rules: [{leg1: {busy: 0s}}]", rate=1)
        driver.connect(StatusCallback=receiver.url)
        receiver.wait_for(1)
        driver.mock.wait()

        found = metrics_of(driver.mock.url)

        assert 1 == found["exomock_callback_lateness_seconds_count"]
        assert 0 <= found["exomock_callback_lateness_seconds_sum"] < 60

    def test_of_an_advance_have_no_lateness(self, exchange, receiver):
        """They are sent when the advance comes to them."""
        driver = exchange("rules: [{leg1: {busy: 0s}}]")
        driver.connect(StatusCallback=receiver.url)
        driver.advance(60)

        assert 0 == metrics_of(driver.mock.url)["exomock_callback_lateness_seconds_count"]


class TestWhatThereIs:
    def test_says_how_many_calls_are_under_way(self, exchange):
        """And how many accounts are played, and what memory that takes."""
        driver = exchange()
        driver.connect()
        driver.connect()
        before = metrics_of(driver.mock.url)
        driver.advance(600)
        after = metrics_of(driver.mock.url)

        assert (2, 0) == (before["exomock_calls_running"], after["exomock_calls_running"])
        assert 1 == before["exomock_accounts_owned"]
        assert 0 < before["process_resident_memory_bytes"] <= 2 * resident()

    def test_needs_no_token(self, exchange):
        """Prometheus asks without one, as a health check does; the numbers name nobody."""
        driver = exchange(control_token="secret")
        answer = requests.get(f"{driver.mock.url}/metrics", timeout=5)

        assert (200, CONTENT_TYPE) == (answer.status_code, answer.headers["Content-Type"])


COUNTS = """
import sys
from exomock.metrics import Metrics, Now
metrics = Metrics(lambda: Now(0, 0, 0))
for _ in range(int(sys.argv[1])):
    metrics.answered("/a", 200)
metrics.late(0.5)
sys.stdout.buffer.write(metrics.text())
"""


class TestWorkers:
    def test_count_together_also_with_one_that_has_ended(self, tmp_path):
        """Each counts in files of a folder that they share."""
        for count in ("3", "4"):
            text = subprocess.check_output(
                [sys.executable, "-c", COUNTS, count], env={SHARED: str(tmp_path)}, text=True
            )

        assert 7 == samples(text)["exomock_requests_total{/a}{200}"]
        assert 2 == samples(text)["exomock_callback_lateness_seconds_count"]
