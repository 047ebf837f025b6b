"""The wire between an answer and its client: callbacks that come first, and who waits for whom."""

from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice

import pytest
import requests

from conftest import TO
from exomock.api.dripping import Drops

EARLY = "rules:\n  - {callbacks: {before_answer: true}}\n"
WHY = "did not wait, for 2 answers wait already (max-delays)"
BOTH = {"StatusCallbackEvents": "terminal,answered"}


def rows(driver):
    return [(row.notice, row.state) for row in driver.rows()]


class TestBeforeTheAnswer:
    def test_everything_has_been_told_when_connect_answers(self, exchange, receiver):
        driver = exchange(EARLY)
        sid = driver.connect(StatusCallback=receiver.url, **BOTH)

        assert ["answered", "answered", "terminal"] == [
            got.form["EventType"] for got in receiver.got
        ]
        assert {sid} == {got.form["CallSid"] for got in receiver.got}

    def test_a_handler_finds_the_call_that_it_is_told_about(self, exchange, receiver):
        """The receiver asks the API while the client still waits for its answer."""
        driver, seen = exchange(EARLY), []
        other = requests.Session()
        other.auth = driver.http.auth

        def look(received):
            url = f"{driver.mock.base}/Calls/{received.form['CallSid']}.json"
            seen.append(other.get(url, timeout=9).json()["Call"]["Status"])
            return 200

        receiver.answer = look
        driver.connect(StatusCallback=receiver.url)
        other.close()

        assert ["completed"] == seen

    def test_a_collecting_account_has_collected_them(self, exchange):
        driver = exchange(EARLY)
        driver.mock.exchange.engine.worlds[driver.mock.sid].collect = True
        driver.connect(StatusCallback="http://127.0.0.1:9/", **BOTH)

        assert [("answered", "collected")] * 2 + [("terminal", "collected")] == rows(driver)

    def test_without_a_place_to_wait_it_says_so(self, exchange, receiver):
        driver = exchange(EARLY, max_delays=0)
        response = driver.try_connect(StatusCallback=receiver.url)
        receiver.wait_for(1)

        why = response.headers["X-Exomock-Why"]
        assert why.startswith("did not wait for its callbacks, for 0 answers wait already")


class TestAHandlerThatMeetsADelay:
    def test_waits_in_wall_time_while_the_advance_waits_for_it(self, exchange, receiver):
        """Account time stands still until the handler is done: its own delay must not need it."""
        driver = exchange("rules:\n  - {talk: 1s}\nfaults:\n  - {when: {nth: 2}, delay: 50ms}\n")
        other, said = requests.Session(), []
        other.auth = driver.http.auth

        def ask(_received):
            answer = other.get(f"{driver.mock.base}/Numbers/{TO}", timeout=9)
            said.append(answer.headers["X-Exomock-Why"])
            return 200

        receiver.answer = ask
        driver.connect(StatusCallback=receiver.url)
        driver.advance(60)
        other.close()

        assert said[0].startswith("waited 0.05 s of wall time, for an advance waits for receivers")
        assert [("brief", "delivered")] == rows(driver)


class TestManyWhoWait:
    def test_leave_threads_to_everybody_else(self, exchange):
        """Two places, and one more that waits in wall time; the others are answered at once."""
        driver = exchange("faults:\n  - {delay: 1s}\n", max_delays=2)
        url, auth = f"{driver.mock.base}/Calls.json", driver.http.auth
        with ThreadPoolExecutor(9) as pool:
            asked = [pool.submit(requests.get, url, auth=auth, timeout=30) for _ in range(9)]
            first = list(islice(as_completed(asked, timeout=20), 6))
            driver.advance(1)
            waited = [each.result(30) for each in asked if each not in first]

        assert all(WHY in each.result().headers["X-Exomock-Why"] for each in first)
        assert ["scenario.yaml:2", "scenario.yaml:2", "waited 1 s of wa"] == sorted(
            each.headers["X-Exomock-Why"][:16].rstrip(": 0e") for each in waited
        )

    def test_give_their_places_back(self):
        """A drip that nobody wants any more, one that was never begun, and one to its end."""
        given = []
        for _ in range(2):
            Drops([b"abc"], 1, lambda: given.append("closed")).close()
        drops = Drops([b"abc"], 1000, lambda: given.append("ended"))

        assert b"abc" == b"".join(drops)
        drops.close()
        assert ["closed", "closed", "ended"] == given


class TestSwappedCallbacks:
    def test_follow_the_end_that_came_where_a_party_hung_up(self, exchange, receiver):
        """From answers after 4 s and To after 6 more; To hangs up in the 12th second."""
        driver = exchange("rules:\n  - {callbacks: {swap: true}, talk: 10m}\n")
        sid = driver.connect(StatusCallback=receiver.url, **BOTH)
        driver.advance(12)
        url = f"{driver.mock.url}/_exomock/accounts/exomock/calls/{sid}/hangup"
        requests.post(url, json={"by": "to"}, timeout=9)
        driver.advance(1)

        assert ["terminal", "answered", "answered"] == [
            got.form["EventType"] for got in receiver.got
        ]


class TestRequestsThatFaultsLookAt:
    def test_keep_their_multipart_parts(self, exchange):
        """A part with a file name is read by the fault, and again by the form."""
        driver = exchange('faults:\n  - {when: {to: "0977*"}, answer: html}\n')
        data = {"From": "09811100001", "To": TO, "CallerId": "08047112233"}
        files = {name: ("x", value) for name, value in data.items()}

        assert 200 == driver.post("Calls/connect.json", files=files).status_code

    @pytest.mark.parametrize("name", ["CallerId", "CallerID"])
    def test_are_known_by_either_spelling(self, exchange, name):
        driver = exchange('faults:\n  - {when: {exophone: "08047112233"}, answer: html}\n')
        data = {"From": "09811100001", "To": TO, name: "08047112233"}

        assert 502 == driver.post("Calls/connect.json", data=data).status_code

    def test_with_too_many_parameters_are_a_400(self, exchange):
        driver = exchange()
        body = "&".join(f"a{n}=1" for n in range(1001))
        response = driver.post("Calls/connect.json", data=body)

        assert 400 == response.status_code
        assert "more than 1000 parameters" in response.text

    def test_of_a_head_keep_the_length_of_a_get(self, exchange):
        driver = exchange("faults:\n  - {delay: 1ms}\n", rate=1)
        url = f"{driver.mock.base}/Calls.json"
        get, head = driver.http.get(url, timeout=9), driver.http.head(url, timeout=9)

        assert get.headers["Content-Length"] == head.headers["Content-Length"]
