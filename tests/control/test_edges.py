"""Where the control API meets odd input, other people's requests, and its own limits."""

import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest
import requests

from exomock.delivery.reach import Reach, TooFar

NO_CALL = "0" * 32
PUBLIC = "93.184.216.34"
"""An address that is nobody's on this network, and is never connected to."""
AT_ONCE = "rules:\n  - {leg1: {answer: 0s}, leg2: {answer: 0s}, talk: 0s}\n"


@pytest.fixture
def account(control):
    return control.account()


def states(account):
    return [
        (each["state"], len(each["attempts"])) for each in account.get("callbacks")["callbacks"]
    ]


class TestTheStateOfACallback:
    def test_is_pending_until_the_third_try_has_failed(self, account, receiver):
        """The tries are due at the end of the call, 300 s later and 900 s after that."""
        receiver.answer = lambda _: 500
        account.connect(StatusCallback=receiver.url)
        seen = []
        for seconds in (48, 299, 1, 900):
            account.advance(seconds)
            seen += states(account)

        assert [("pending", 1), ("pending", 1), ("pending", 2), ("failed", 3)] == seen

    def test_is_refused_for_good_when_it_goes_too_far(self, account):
        """Days later it has still been tried once."""
        account.connect(StatusCallback=f"http://{PUBLIC}/hook")
        account.advance(3 * 86_400)

        assert [("refused", 1)] == states(account)

    def test_hides_the_credentials_of_its_url_in_its_headers(self, account, receiver):
        """The receiver gets Basic auth; all other headers are shown as it got them."""
        account.connect(StatusCallback=receiver.url.replace("//", "//me:secret@"))
        account.idle()
        (shown,) = account.get("callbacks")["callbacks"]

        assert "Basic bWU6c2VjcmV0" == receiver.got[0].headers["Authorization"]
        assert receiver.got[0].headers | {"Authorization": "Basic ***"} == shown["headers"]


class TestHowFarCallbacksGo:
    """Asked of the rule itself: a test never goes to a public address to see that it may."""

    @pytest.mark.parametrize(
        ("allowed", "host"),
        [
            pytest.param({"hooks.example"}, "hooks.example", id="that host"),
            pytest.param({"hooks.example"}, "Hooks.Example", id="in any case"),
            pytest.param({PUBLIC}, PUBLIC, id="an address"),
            pytest.param({"*"}, "anything.example", id="any host"),
        ],
    )
    def test_is_opened_by_a_setting(self, allowed, host):
        Reach(frozenset(allowed)).check(host, PUBLIC)

    @pytest.mark.parametrize("host", ["evil.example", "x.hooks.example", "hooks.example.evil"])
    def test_is_opened_for_that_host_only(self, host):
        with pytest.raises(TooFar, match=f"--allow-callbacks-to {host}"):
            Reach(frozenset({"hooks.example"})).check(host, PUBLIC)

    @pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.18.0.2", "::1", "fd00::1"])  # fmt: skip
    def test_always_takes_in_loopback_and_private_addresses(self, address):
        """By where the name leads, so container names are near too."""
        Reach().check("any-container", address)

    @pytest.mark.parametrize("address", [PUBLIC, f"::ffff:{PUBLIC}", "2606:4700::1111"])
    def test_is_no_further_than_that(self, address):
        """An IPv4 address inside an IPv6 one is the same address."""
        with pytest.raises(TooFar):
            Reach().check("any-container", address)


class TestAnOddRequest:
    @pytest.mark.parametrize("origin", ["http://[evil", "http://[", "http://]x"])
    def test_whose_origin_cannot_be_read_is_refused_as_foreign(self, control, origin):
        problem = control.ask("GET", "accounts", 403, headers={"Origin": origin})
        assert f"Origin '{origin}' is foreign" in problem["detail"]

    @pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "OPTIONS"])
    def test_of_an_unknown_method_is_a_problem_that_names_those_there_are(self, control, method):
        """Errors of the control API are problems, never v1's RestException."""
        assert {"GET", "POST"} <= set(control.ask(method, "accounts", 405)["allowed"])

    def test_that_hides_its_length_must_be_json_all_the_same(self, control):
        """A chunked body has no Content-Length to be noticed by."""
        where = urlsplit(control.url)
        head = (
            "POST /_exomock/accounts HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
            "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        with socket.create_connection((where.hostname, where.port), 9) as wire:
            wire.sendall(head.encode() + b'c\r\n{"sid": "x"}\r\n0\r\n\r\n')
            line = wire.makefile("rb").readline()

        assert b" 415 " in line
        control.get("accounts/x", 404)


class TestWhatIsUnknown:
    @pytest.mark.parametrize("path", ["requests", "callbacks", "wait?idle=true", "transcript", "snapshots", "calls"])  # fmt: skip
    def test_account_is_a_404_that_names_the_nearest(self, control, path):
        control.account()
        assert "t1" == control.get(f"accounts/t11/{path}", 404)["accounts"][0]

    @pytest.mark.parametrize("path", ["requests/verify", "next", "snapshots", "snapshots/1/restore", "callbacks/1/replay"])  # fmt: skip
    def test_account_is_a_404_for_a_post_too(self, control, path):
        control.account()
        assert "t1" == control.post(f"accounts/t11/{path}", None, 404)["accounts"][0]

    @pytest.mark.parametrize("number", ["9" * 19, "9" * 30, "9" * 5000])
    def test_callback_is_a_404_however_long_its_number(self, account, number):
        """None of them fits the database's whole numbers; the last is too long to read."""
        account.post(f"callbacks/{number}/replay", None, 404)

    @pytest.mark.parametrize("what", [{"status": "busy"}, {"callback": "terminal"}])
    def test_call_is_not_waited_for(self, account, what):
        """A mistyped Sid is told at once, not after the time is up."""
        account.get("wait", 404, call=NO_CALL, timeout=0.05, **what)


class TestVerify:
    @pytest.mark.parametrize(
        ("wanted", "differs"),
        [
            ({"method": "get", "path": "Calls/connect"}, ["method is POST, wanted GET"]),
            ({"path": "Calls"}, ["path is Calls/connect.json, wanted Calls"]),
            ({"form": {"Record": "true"}}, ["Record is missing, wanted 'true'"]),
        ],
    )
    def test_says_in_which_of_method_path_and_form(self, account, wanted, differs):
        account.connect()
        assert [differs] == [
            each["differs"] for each in account.post("requests/verify", wanted)["closest"]
        ]

    def test_shows_the_nearest_of_many_first(self, account):
        """Fewest differences, then the newest; three at most."""
        for to in ("09822200002", "09822200003", "09822200004", "09822200005"):
            account.connect(To=to)
        account.v1("GET", "Calls")
        wanted = {"method": "POST", "path": "Calls/connect", "form": {"To": "09822200006"}}
        closest = account.post("requests/verify", wanted)["closest"]

        assert [4, 3, 2] == [each["request"]["number"] for each in closest]


class TestWhileOthersPlaceCalls:
    def test_a_transcript_and_the_callbacks_can_be_read(self, controlled):
        """A call that comes between two reads is left to the next transcript."""
        account = controlled().account(collect=True, scenario=AT_ONCE, clock={"rate": 1})
        here = f"{account.control.url}/_exomock/accounts/{account.sid}"
        with ThreadPoolExecutor(3) as pool:
            placed = [
                pool.submit(account.connect, StatusCallback="http://127.0.0.1:9/")
                for _ in range(150)
            ]
            answers = set()
            while not all(future.done() for future in placed):
                for path in ("transcript", "callbacks"):
                    answers.add((path, requests.get(f"{here}/{path}", timeout=30).status_code))

        assert {("transcript", 200), ("callbacks", 200)} == answers
        assert [32] * 150 == [len(future.result()) for future in placed]
