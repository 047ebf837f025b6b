"""Faults of the API itself: exotel-v1.md sections 7 and 11, docs/scenarios.md "faults"."""

import threading
import time
import xml.etree.ElementTree as ET
from http.client import IncompleteRead
from urllib.request import Request, urlopen

import pytest
import requests

from conftest import TO, error_of
from serve.conftest import until


def faulty(exchange, *faults, rules="", **settings):
    """An exomock with these faults, each a line of YAML."""
    lines = "".join(f"  - {fault}\n" for fault in faults)
    return exchange(f"{rules}\nfaults:\n{lines}", **settings)


def statuses(driver, count, path="Calls.json"):
    return [driver.get(path).status_code for _ in range(count)]


def asked(driver, path):
    """A request whose answer is read by hand."""
    request = driver.http.prepare_request(requests.Request("GET", f"{driver.mock.base}/{path}"))
    return Request(request.url, headers=dict(request.headers))


class TestAnErrorInstead:
    @pytest.mark.parametrize(
        ("preset", "status", "code", "said"),
        [
            ("service-unavailable", 503, 35008, "Service Unavailable; "),
            ("rate-limited", 429, None, "Too Many Requests"),
            ("kyc", 403, 340030, "Your account is not yet KYC compliant"),
            ("dnd", 403, None, f"Call to [{TO}] can not be made because of TRAI NDNC"),
            ("unauthorized", 401, 34010, "Unauthorized"),
        ],
    )
    @pytest.mark.parametrize("suffix", [".json", ""])
    def test_is_one_of_the_known(self, exchange, preset, status, code, said, suffix):
        """In the format the path asks for; the number is the one that was to be called."""
        driver = faulty(exchange, f"{{answer: {preset}}}")
        response = driver.post(f"Calls/connect{suffix}", data={"To": "+91" + TO[1:]})
        error = error_of(response)

        assert status == response.status_code
        assert error["Message"].startswith(said)
        assert code is None or code == int(error["Code"])

    def test_may_be_ones_own(self, exchange):
        driver = faulty(exchange, '{answer: {status: 402, code: 7, message: "pay first"}}')
        response = driver.get("Calls.json")

        assert 402 == response.status_code
        assert {"Status": 402, "Message": "pay first", "Code": 7} == error_of(response)

    def test_may_be_a_gateways_page(self, exchange):
        """HTML where JSON was asked for: what a client meets when only the gateway is alive."""
        response = faulty(exchange, "{answer: html}").get("Calls.json")

        assert 502 == response.status_code
        assert "text/html" in response.headers["Content-Type"]
        assert response.text.startswith("<html>")

    def test_has_no_effect_behind_it(self, exchange):
        driver = faulty(exchange, "{when: {method: POST}, answer: service-unavailable}")

        assert 503 == driver.try_connect().status_code
        driver.advance(100)
        assert 0 == driver.calls()["Metadata"]["Total"]

    def test_says_in_a_header_which_fault_it_was(self, exchange):
        response = faulty(exchange, "{name: lunch, answer: html}").get("Calls.json")
        assert "scenario.yaml:3 lunch: Bad Gateway" == response.headers["X-Exomock-Why"]

    def test_stands_in_the_journal(self, exchange):
        driver = faulty(exchange, "{answer: html}")
        driver.get("Calls.json")
        (entry,) = driver.mock.exchange.engine.worlds[driver.mock.sid].journal.entries()

        assert (502, "scenario.yaml:3: Bad Gateway") == (entry.status, entry.why)

    def test_does_not_come_before_the_credentials_are_checked(self, exchange):
        driver = faulty(exchange, "{answer: html}")
        url = f"{driver.mock.base}/Calls.json"
        assert 401 == requests.get(url, auth=("x", "y"), timeout=9).status_code


class TestDamage:
    def test_cuts_an_answer_short(self, exchange):
        """The Content-Length of the whole, 60 % of the bytes, then the end."""
        driver = faulty(exchange, "{when: {nth: 2..3}, answer: {truncate: 60%}}")
        whole = driver.get("Calls.json")
        with urlopen(asked(driver, "Calls.json"), timeout=9) as answer:
            length = answer.headers["Content-Length"]
            with pytest.raises(IncompleteRead) as short:
                answer.read()

        assert len(whole.content) == int(length)
        assert whole.content[: int(len(whole.content) * 0.6)] == short.value.partial
        with pytest.raises(requests.RequestException):
            driver.get("Calls.json")

    @pytest.mark.parametrize("path", ["Calls.json", "Calls", "nothing.json"])
    def test_breaks_json_and_xml(self, exchange, path):
        """It arrives with the right length, begins as it should, and no parser takes it."""
        driver = faulty(exchange, "{when: {nth: 2}, answer: {malformed: true}}")
        whole, broken = driver.get(path), driver.get(path)

        assert whole.content.startswith(broken.content)
        with pytest.raises((ValueError, ET.ParseError)):
            broken.json() if path.endswith(".json") else ET.fromstring(broken.content)

    def test_lets_an_answer_drip(self, exchange):
        """300 bytes a second: a list of some 300 bytes takes about a second, and is whole."""
        driver = faulty(exchange, "{answer: {drip: 300B/s}}")
        began = time.perf_counter()
        data = driver.calls()
        took = time.perf_counter() - began

        assert 0 == data["Metadata"]["Total"]
        assert took > 0.3

    def test_leaves_an_answer_hanging(self, exchange):
        """The call is placed all the same: the client that tries again places two."""
        driver = faulty(exchange, "{when: {nth: 1, method: POST}, answer: {hang: true}}")
        with pytest.raises(requests.Timeout):
            driver.http.post(
                f"{driver.mock.base}/Calls/connect.json",
                data={"From": "09811100001", "To": TO, "CallerId": "08047112233"},
                timeout=0.3,
            )
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        until(lambda: world.faults[0].struck)  # a busy machine may not have read it yet
        driver.connect()
        driver.advance(100)

        assert 2 == driver.calls()["Metadata"]["Total"]

    def test_that_hangs_ends_with_a_reset(self, exchange):
        driver = faulty(exchange, "{answer: {hang: true}}")
        ends = []

        def ask():
            try:
                driver.get("Calls.json")
            except requests.RequestException as error:
                ends.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        resets = driver.mock.exchange.engine.resets
        while not driver.mock.exchange.engine.worlds[driver.mock.sid].faults[0].struck:
            pass
        resets.reset(driver.mock.sid)
        thread.join(9)

        assert len(ends) == 1


class TestADelay:
    def test_passes_on_the_accounts_clock(self, exchange):
        """On a frozen clock the answer comes when time is advanced, not 8 s of anybody's life later."""
        driver = faulty(exchange, "{when: {method: POST}, delay: 8s}")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(driver.try_connect()))
        thread.start()
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        while not world.faults[0].struck:
            pass
        driver.advance(7)
        thread.join(0.1)
        assert [] == answers

        driver.advance(1)
        thread.join(9)
        assert 200 == answers[0].status_code

    def test_is_short_on_a_fast_clock(self, exchange):
        """An hour at 36,000 times real time is a tenth of a second."""
        driver = faulty(exchange, "{delay: 1h}", rate=36_000)
        assert 200 == driver.get("Calls.json").status_code

    def test_beyond_the_bound_passes_in_wall_time_and_says_so(self, exchange):
        driver = faulty(exchange, "{delay: 50ms}", max_delays=0)
        response = driver.get("Calls.json")

        assert response.headers["X-Exomock-Why"].startswith(
            "waited 0.05 s of wall time, for 0 answers wait already (max-delays); scenario.yaml:3"
        )

    @pytest.mark.parametrize("damage", ["hang: true", "drip: 1B/s"])
    def test_nor_does_anything_hang_or_drip_beyond_it(self, exchange, damage):
        """Eighty clients that hang would be all the threads a server has."""
        driver = faulty(exchange, f"{{answer: {{{damage}}}}}", max_delays=0)
        with urlopen(asked(driver, "Calls.json"), timeout=9) as answer:
            assert "neither hung nor dripped, for 0 answers wait" in answer.headers["X-Exomock-Why"]

    def test_may_come_before_an_error(self, exchange):
        driver = faulty(exchange, "{delay: 10ms, answer: html}", rate=1)
        assert 502 == driver.get("Calls.json").status_code

    def test_holds_up_nobody_else(self, exchange):
        driver = faulty(exchange, '{when: {path: "Numbers/*"}, delay: 1h}')
        other = requests.Session()
        thread = threading.Thread(
            target=lambda: other.get(
                f"{driver.mock.base}/Numbers/{TO}", auth=driver.http.auth, timeout=9
            )
        )
        thread.start()
        world = driver.mock.exchange.engine.worlds[driver.mock.sid]
        while not world.faults[0].struck:
            pass
        assert [200, 200] == statuses(driver, 2)

        driver.advance(3600)
        thread.join(9)
        other.close()


class TestWhen:
    @pytest.mark.parametrize(
        ("when", "expected"),
        [
            ("{nth: 2}", [200, 503, 200, 200, 200, 200]),
            ("{nth: 1..3}", [503, 503, 503, 200, 200, 200]),
            ("{every_nth: 3}", [200, 200, 503, 200, 200, 503]),
            ("{method: POST}", [200] * 6),
            ("{path: Calls}", [503] * 6),
            ("{path: Calls.json}", [503] * 6),
            ("{path: Call}", [200] * 6),
            ("{path: Cal*}", [503] * 6),
            ('{path: "/^Calls$/"}', [503] * 6),
            ("{form: {PageSize: 3}}", [200] * 6),
            ('{time: "12:00-12:01"}', [503] * 6),
            ('{time: "13:00-14:00"}', [200] * 6),
        ],
    )
    def test_chooses_requests(self, exchange, when, expected):
        driver = faulty(exchange, f"{{when: {when}, answer: service-unavailable}}")
        assert expected == statuses(driver, 6)

    def test_three_times_then_fine(self, exchange):
        driver = faulty(exchange, "{times: 3, answer: service-unavailable}")
        assert [503, 503, 503, 200, 200] == statuses(driver, 5)

    def test_chance_strikes_its_share_and_the_same_in_every_run(self, exchange):
        runs = []
        for _ in range(2):
            driver = faulty(exchange, "{when: {chance: 30%}, answer: service-unavailable}")
            runs.append(statuses(driver, 100))

        assert runs[0] == runs[1]
        assert 15 < runs[0].count(503) < 45

    @pytest.mark.parametrize(
        ("when", "fields", "struck"),
        [
            ('{to: "0982*"}', {}, True),
            ('{to: "+919822200002"}', {}, True),
            ('{to: "0983*"}', {}, False),
            ('{from: "09811100001"}', {}, True),
            ('{exophone: "080*"}', {}, True),
            ("{custom_field: vip*}", {"CustomField": "vip-7"}, True),
            ("{form: {TimeLimit: '60'}}", {"TimeLimit": "60"}, True),
            ("{form: {TimeLimit: '60'}}", {"TimeLimit": "61"}, False),
            ("{form: {TimeLimit: '60'}}", {}, False),
            (
                '{flow: "926"}',
                {"To": None, "Url": "http://my.exotel.com/x/exoml/start_voice/926"},
                True,
            ),
        ],
    )
    def test_reads_the_parameters_of_a_connect(self, exchange, when, fields, struck):
        driver = faulty(exchange, f"{{when: {when}, answer: service-unavailable}}")
        assert (503 if struck else 200) == driver.try_connect(**fields).status_code

    def test_between_counts_from_when_it_was_laid_down(self, exchange):
        """Five bad minutes, from the tenth to the fifteenth; the end is excluded."""
        driver = faulty(exchange, "{when: {between: [10m, 15m]}, answer: service-unavailable}")
        seen = []
        for seconds in (599, 1, 299, 1):
            driver.advance(seconds)
            seen += statuses(driver, 1)

        assert [200, 503, 503, 200] == seen

    def test_the_first_that_is_meant_strikes_and_all_count(self, exchange):
        driver = faulty(exchange, "{when: {nth: 1}, answer: html}", "{when: {nth: 2}, answer: kyc}")
        assert [502, 403, 200] == statuses(driver, 3)


class TestKeptAnswers:
    def test_are_not_served_while_there_are_faults(self, exchange):
        """An answer that was kept must not hide a fault."""
        driver = faulty(exchange, "{when: {nth: 3}, answer: html}")
        assert [200, 200, 502, 200] == statuses(driver, 4)
