"""A request for another process's account is answered by its owner, as if it had been asked."""

import http.client
import socket
import threading
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cluster.pair import Process, Table
from cluster.raw_owner import OK, RawOwner
from exomock import shared_front
from exomock.cluster.where import There
from exomock.forwarding import forwards
from exomock.settings import Settings
from exomock.storage.fence import NotOwner

AUTH = ("two-key", "two-token")
CALLS = "/v1/Accounts/two/Calls"
CONTROL = "/_exomock/accounts/two"
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


@pytest.fixture(scope="module", params=["by TCP", "by a Unix socket"])
def pair(request):
    """Two processes: the first plays account one, the second account two; how they are reached."""
    table, near = Table(), request.param == "by a Unix socket"
    told = Settings(rate=0, open_house=True)
    found = Process(table, 1, ["one"], told, near=near), Process(table, 2, ["two"], told, near=near)
    yield found
    for each in found:
        each.close()


@pytest.fixture
def front(pair):
    """The first process, in whose table a test may write what it likes."""
    first = pair[0]
    yield first
    first.part.says.clear()
    first.front._places.clear()
    first.part.table.dead.clear()
    first.part.table.homes.clear()
    first.part.tenure = 1


@pytest.fixture
def owned(front):
    """Makes an owner that a test lays down play the account `raw`."""
    made = []

    def make(*turns):
        owner = RawOwner(*turns)
        made.append(owner)
        front.part.says["raw"] = There(owner.url, owner.url, 77)
        return owner

    yield make
    for each in made:
        each.close()


def connect(process):
    """Place a call in account two."""
    answer = process.ask("POST", f"{CALLS}/connect.json", auth=AUTH, data=ORDER)
    assert 200 == answer.status_code, answer.text
    return answer.json()["Call"]["Sid"]


class TestTheOwnerAnswers:
    def test_v1_as_if_it_had_been_asked(self, pair):
        """A call that is placed by way of the first process stands in the second one's account."""
        first, second = pair

        sid = connect(first)

        answers = [each.ask("GET", f"{CALLS}/{sid}.json", auth=AUTH) for each in pair]
        assert answers[0].text == answers[1].text
        assert [200, 200] == [each.status_code for each in answers]
        assert sid in [each.sid for each in second.exchange.engine.store.calls.all("two", 100)]

    def test_and_says_who_it_is(self, pair):
        """Every answer names the owner of the account, or whoever answers where there is none."""
        first, second = pair

        def owner(path, **said):
            return first.ask("GET", path, **said).headers["X-Exomock-Owner"]

        assert second.url == owner(f"{CALLS}.json", auth=AUTH)
        assert second.url == owner(CONTROL)
        assert second.url == owner("/_exomock/console/accounts/two")
        assert first.url == owner("/_exomock/accounts/one")
        assert first.url == owner("/_exomock/health")
        assert first.url == owner("/v1/Accounts/three/Calls")

    def test_urls_have_the_host_that_the_client_used(self, pair):
        """The base URL of an account is the one by which its client came, not the owner's."""
        answer = pair[0].ask("GET", CONTROL, headers={"Host": "localhost:4711"})

        assert "http://localhost:4711/v1/Accounts/two" == answer.json()["base_url"]

    def test_urls_have_the_scheme_that_the_client_used(self, pair):
        """The process that a client reached by https says so to the owner."""
        sent = {"X-Exomock-Forwarded": pair[0].url, "X-Exomock-Scheme": "https"}

        assert "https" == pair[1].ask("GET", CONTROL, headers=sent).json()["base_url"][:5]

    def test_a_head_has_the_length_and_no_body(self, pair):
        """HEAD through a hop is HEAD at the owner."""
        whole, head = pair[0].ask("GET", CONTROL), pair[0].ask("HEAD", CONTROL)

        assert (200, b"") == (head.status_code, head.content)
        assert whole.headers["Content-Length"] == head.headers["Content-Length"]

    def test_a_body_that_is_too_long_is_refused_by_the_owner(self, pair):
        """413 in v1's words, and the owner's journal shows it."""
        data = b"x" * (pair[0].exchange.engine.settings.max_body + 1)
        answer = pair[0].ask("POST", f"{CALLS}/connect.json", auth=AUTH, data=data)

        assert (413, 413) == (answer.status_code, answer.json()["RestException"]["Status"])
        newest = pair[1].ask("GET", f"{CONTROL}/requests").json()["requests"][-1]
        assert 413 == newest["status"]

    def test_a_long_body_and_a_long_answer_arrive_whole(self, pair):
        """A scenario of a megabyte goes there and comes back."""
        text = "rules: []\n" + "# a comment that only makes it long\n" * 25_000
        put = pair[0].ask(
            "PUT", f"{CONTROL}/scenario", data=text, headers={"Content-Type": "application/yaml"}
        )

        assert 200 == put.status_code, put.text
        assert pair[1].ask("GET", f"{CONTROL}/scenario").content == (
            pair[0].ask("GET", f"{CONTROL}/scenario").content
        )

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(
        path=st.binary(max_size=12),
        query=st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#")),
    )
    def test_any_path_and_query_arrive_as_they_were_sent(self, pair, path, query):
        """The owner's journal shows the same request, whichever way it came."""
        seen = []
        target = requests.utils.quote(f"{CALLS}/x".encode() + path)
        for each in pair:
            # `requests` would tidy the query up.
            wire = http.client.HTTPConnection(urlsplit(each.url).netloc, timeout=30)
            wire.request("GET", target + ("?" + query if query else ""), headers=_basic())
            answer = wire.getresponse()
            body = answer.read()
            wire.close()
            entry = pair[1].worlds["two"].journal.entries()[-1]
            seen.append((answer.status, body, entry.method, entry.path, entry.query, entry.answer))

        assert seen[0] == seen[1]


def _basic():
    return {"Authorization": requests.auth._basic_auth_str(*AUTH)}


class TestWhatTakesItsTime:
    def test_a_wait_is_answered_when_it_is_so(self, pair):
        """A wait that goes through a hop ends with the advance that makes it so."""
        sid, found = connect(pair[0]), []
        path = f"{CONTROL}/wait?call={sid}&status=completed&timeout=20"
        waiting = threading.Thread(target=lambda: found.append(pair[0].ask("GET", path)))
        waiting.start()
        until(lambda: pair[1].under_way == 1)
        pair[1].ask("POST", f"{CONTROL}/clock/advance", json={"seconds": 600})
        waiting.join(20)

        assert [200] == [each.status_code for each in found]

    def test_a_stream_comes_piece_by_piece(self, pair):
        """An event is there before the stream ends, and the owner sees its client go."""
        with pair[0].ask("GET", f"{CONTROL}/events", stream=True) as stream:
            lines = stream.iter_lines()
            assert b": exomock" == next(lines)
            connect(pair[0])
            assert any(line.startswith(b"event: ") for line in lines)
            assert 1 == pair[1].streams
        stream.close()

        until(lambda: pair[1].streams == 0)

    def test_all_threads_may_wait_for_each_other(self):
        """With two threads each, both processes hold four waits for the other, and answer."""
        table, told = Table(), Settings(rate=0, threads=2, max_waiters=2, max_delays=0)
        found = [Process(table, n, [f"acc{n}"], told) for n in (1, 2)]
        try:
            answers, threads = [], []
            for process, other in zip(found, found[::-1], strict=True):
                path = f"/_exomock/accounts/acc{other.part.number}/wait?idle=true&timeout=5"
                for _ in range(4):
                    ask = threading.Thread(
                        target=lambda p=process, u=path: answers.append(
                            requests.get(p.url + u, timeout=20)
                        )
                    )
                    ask.start()
                    threads.append(ask)
            for each in threads:
                each.join(20)
            assert {200} == {each.status_code for each in answers} - {503}
            assert 8 == len(answers)
        finally:
            for each in found:
                each.close()


class TestFaultsOnTheWay:
    @pytest.fixture(autouse=True)
    def lift(self, pair):
        """No fault outlives its test."""
        yield
        pair[1].ask("DELETE", f"{CONTROL}/faults")

    @pytest.mark.parametrize("share", ["50%", "0%"])
    def test_a_body_that_is_cut_is_cut_for_the_client(self, pair, share):
        """The client sees a connection that ends in the middle, not a short answer."""
        laid = pair[0].ask("POST", f"{CONTROL}/faults", json={"answer": {"truncate": share}})
        assert 201 == laid.status_code, laid.text

        with pytest.raises(requests.exceptions.RequestException):
            pair[0].ask("GET", f"{CALLS}.json", auth=AUTH)

    def test_an_answer_that_drips_drips_through(self, pair):
        """All bytes arrive, in more than one piece."""
        whole = pair[0].ask("GET", f"{CALLS}.json", auth=AUTH).content
        rate = len(whole) * 5
        laid = {"answer": {"drip": f"{rate}B/s"}}
        assert 201 == pair[0].ask("POST", f"{CONTROL}/faults", json=laid).status_code

        with pair[0].ask("GET", f"{CALLS}.json", auth=AUTH, stream=True) as answer:
            pieces = list(iter(lambda: answer.raw.read1(65_536), b""))

        assert len(whole) == len(b"".join(pieces))
        assert len(pieces) > 1

    def test_an_answer_that_hangs_ends_with_its_connection(self, pair):
        """It hangs for its client; a reset of the account cuts the connection."""
        laid = pair[0].ask("POST", f"{CONTROL}/faults", json={"answer": {"hang": True}})
        assert 201 == laid.status_code, laid.text
        found = []

        def ask():
            try:
                found.append(requests.get(f"{pair[0].url}{CALLS}.json", auth=AUTH, timeout=30))
            except requests.exceptions.RequestException:
                found.append("cut")

        asking = threading.Thread(target=ask)
        asking.start()
        until(lambda: pair[0].front.forwards.taken == 1)
        assert [] == found
        assert 200 == pair[1].ask("POST", f"{CONTROL}/reset", json={}).status_code
        asking.join(20)

        assert ["cut"] == found


class TestOnceOnly:
    def test_a_forwarded_request_is_never_forwarded_again(self, pair, front):
        """The process that thought it the owner's answers 503, in the words of the surface."""
        front.part.says["two"] = There(pair[1].url, pair[1].url, 2)
        sent = {"X-Exomock-Forwarded": "http://10.0.0.9:8080"}

        v1 = front.ask("GET", f"{CALLS}.json", auth=AUTH, headers=sent)
        control = front.ask("GET", CONTROL, headers=sent)

        assert (503, "1") == (v1.status_code, v1.headers["Retry-After"])
        assert 503 == v1.json()["RestException"]["Status"]
        assert pair[1].url in v1.headers["X-Exomock-Why"]
        assert "application/problem+json" == control.headers["Content-Type"]
        assert 503 == control.json()["status"]

    def test_whoever_sends_it_on_looks_again_if_it_was_in_vain(self, pair, front):
        """The account has moved: the owner that was asked did nothing, the next one answers."""
        moved = OK.replace(b"200 OK", b"503 No").replace(
            b"\r\n\r\n", b"\r\nX-Exomock-Elsewhere: 1\r\n\r\n"
        )
        owner = RawOwner(OK, moved)
        front.part.says["two"] = There(owner.url, owner.url, 77)
        front.part.table.processes[77] = pair[1]
        try:
            assert b"ok" == front.ask("GET", CONTROL).content
            del front.part.says["two"]
            answer = front.ask("POST", f"{CONTROL}/reset", json={})
        finally:
            del front.part.table.processes[77]
            owner.close()

        assert (200, pair[1].url) == (answer.status_code, answer.headers["X-Exomock-Owner"])
        assert 2 == len(owner.asked)

    def test_what_changes_something_is_not_sent_twice(self, front, owned):
        """An owner that dies with a POST in its hand leaves a 503 that says so, after one try."""
        owner = owned(OK)
        front.ask("GET", "/_exomock/accounts/raw")  # so that a kept connection is there
        answer = front.ask("POST", "/_exomock/accounts/raw/reset", json={})

        assert (503, "1") == (answer.status_code, answer.headers["Retry-After"])
        assert "not sent twice" in answer.json()["detail"]
        assert 2 == len(owner.asked)

    def test_a_read_on_a_connection_that_was_closed_is_sent_again(self, front, owned):
        """The owner closed an idle connection: its client sees nothing of that."""
        owner = owned(OK, None, OK)
        front.ask("GET", "/_exomock/accounts/raw")

        assert b"ok" == front.ask("GET", "/_exomock/accounts/raw").content
        assert 3 == len(owner.asked)

    def test_the_owner_learns_who_sent_it_and_for_whom(self, front, owned):
        """Hop-by-hop headers stay behind; the client's address goes along."""
        owner = owned(OK)
        sent = {"TE": "trailers", "X-Mine": "1", "X-Exomock-Client": "6.6.6.6"}
        front.ask("GET", "/_exomock/accounts/raw", headers=sent)

        head = owner.asked[0][0].decode().lower()
        assert f"x-exomock-forwarded: {front.url}\r\n" in head
        assert "x-exomock-client: 127.0.0.1\r\n" in head
        assert "x-mine: 1\r\n" in head
        assert "te: trailers" not in head
        assert "6.6.6.6" not in head


class TestAnOwnerThatFails:
    def test_before_its_answer_is_a_503(self, front, owned, monkeypatch):
        """Nobody listens: nothing was done, ask again; v1 says so in its own words."""
        monkeypatch.setattr(shared_front, "_PATIENCE", 0.1)
        owned().close()

        problem = front.ask("GET", "/_exomock/accounts/raw")
        v1 = front.ask("POST", "/v1/Accounts/raw/Calls/connect", auth=AUTH, data=ORDER)

        assert (503, "1") == (problem.status_code, problem.headers["Retry-After"])
        assert "cannot be reached" in problem.json()["detail"]
        assert "nothing was done" in problem.json()["detail"]
        assert (503, "application/xml") == (v1.status_code, v1.headers["Content-Type"])
        assert "<RestException>" in v1.text
        assert "nothing was done" in v1.headers["X-Exomock-Why"]
        assert front.part.says["raw"].url == v1.headers["X-Exomock-Owner"]

    @pytest.mark.parametrize(
        "said",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-Last: yes\r\n\r\nhalf",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Last: yes\r\n\r\n4\r\nhalf\r\n",
        ],
        ids=["of a known length", "in chunks"],
    )
    def test_in_the_middle_cuts_its_client_off(self, front, owned, said):
        """Half an answer never passes for a whole one."""
        owned(said)

        with pytest.raises(requests.exceptions.RequestException):
            front.ask("GET", "/_exomock/accounts/raw")

    def test_and_hangs_is_waited_for_until_its_lease_is_over(self, front, owned):
        """While it lives a forward has no deadline; then the client hears 503."""
        owner, found = owned(...), []
        asking = threading.Thread(
            target=lambda: found.append(front.ask("GET", "/_exomock/accounts/raw"))
        )
        asking.start()
        assert owner.came.acquire(timeout=10)
        assert [] == found
        front.part.table.dead.add(77)
        asking.join(10)

        assert [503] == [each.status_code for each in found]
        assert "its lease is over" in found[0].json()["detail"]
        assert owner.gone.wait(10)

    def test_and_is_back_in_time_answers(self, pair, front, owned):
        """An account whose process is not there is looked for again: meanwhile it has moved."""
        owned().close()
        front.part.says["two"] = front.part.says["raw"]
        found = []
        asking = threading.Thread(target=lambda: found.append(front.ask("GET", CONTROL)))
        asking.start()
        until(lambda: front.front._places.get("two") is None or not asking.is_alive())
        del front.part.says["two"]
        asking.join(10)

        assert [(200, pair[1].url)] == [
            (each.status_code, each.headers["X-Exomock-Owner"]) for each in found
        ]

    def test_interim_answers_are_left_out(self, front, owned):
        """103 Early Hints of an owner do not pass for the answer."""
        owned(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK)

        assert b"ok" == front.ask("GET", "/_exomock/accounts/raw").content


class TestTheClient:
    def test_that_goes_away_ends_its_forward(self, front, owned):
        """The owner sees its connection close, and the place is free again."""
        owner = owned(...)
        client = socket.create_connection(urlsplit(front.url).netloc.split(":"))
        client.sendall(b"GET /_exomock/accounts/raw HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert owner.came.acquire(timeout=10)
        client.close()

        assert owner.gone.wait(10)
        until(lambda: front.front.forwards.taken == 0)

    def test_waits_for_a_place_and_then_hears_why(self, monkeypatch):
        """With one place that a wait holds, another request is a 503 that names the setting."""
        monkeypatch.setattr(forwards, "_ROOM", 0.05)
        table = Table()
        first = Process(table, 1, [], Settings(rate=0, max_forwards=1))
        owner = RawOwner(...)
        first.part.says["raw"] = There(owner.url, owner.url, 77)
        try:
            threading.Thread(
                target=lambda: first.ask("GET", "/_exomock/accounts/raw"), daemon=True
            ).start()
            assert owner.came.acquire(timeout=10)
            answer = requests.get(f"{first.url}/_exomock/accounts/raw", timeout=10)

            assert 503 == answer.status_code
            assert "max-forwards" in answer.json()["detail"]
        finally:
            owner.close()
            first.close()


class TestWhoMay:
    def test_is_asked_by_the_first_process_too(self, pair):
        """A foreign page gets the first process's 403, whatever the owner's settings are."""
        foreign = {"Origin": "http://evil.example"}

        for path, said in ((CONTROL, {}), (f"{CALLS}.json", {"auth": AUTH})):
            answer = pair[0].ask("GET", path, headers=foreign, **said)
            assert (403, pair[0].url) == (answer.status_code, answer.headers["X-Exomock-Owner"])

    def test_no_request_from_the_network_profits_by_an_owner_on_loopback(self):
        """The first process asks for its token, though `Host: localhost` would do at the owner."""
        table = Table()
        beyond = Settings(rate=0, loopback=False, control_token="a-good-token")
        first, second = Process(table, 1, [], beyond), Process(table, 2, ["two"])
        try:
            sent = {"Host": "localhost"}
            assert 401 == first.ask("GET", CONTROL, headers=sent).status_code
            token = sent | {"Authorization": "Bearer a-good-token"}
            assert 200 == first.ask("GET", CONTROL, headers=token).status_code
        finally:
            first.close()
            second.close()

    def test_a_made_up_forward_opens_no_door(self, pair):
        """Whoever says that he is a sibling still needs what every client needs."""
        made_up = {"X-Exomock-Forwarded": "http://127.0.0.1:1", "Host": "evil.example"}

        assert 403 == pair[1].ask("GET", CONTROL, headers=made_up).status_code
        assert (
            401
            == pair[1]
            .ask("GET", f"{CALLS}.json", headers=made_up | {"Host": "localhost"})
            .status_code
        )


class TestALeaseThatEnds:
    def test_while_a_read_is_answered_is_a_503(self, front):
        """A wait whose process joins anew meanwhile sends nothing that it has read."""
        found = []
        path = "/_exomock/accounts/one/wait?callback=terminal&timeout=1"
        asking = threading.Thread(target=lambda: found.append(front.ask("GET", path)))
        asking.start()
        until(lambda: front.under_way == 1)
        front.part.tenure = 2
        asking.join(10)

        assert [503] == [each.status_code for each in found]
        assert "lease" in found[0].json()["detail"]

    def test_shows_nothing_that_was_kept(self, front):
        """An answer that is kept is given only while the lease holds."""
        auth = ("one-key", "one-token")
        path = "/v1/Accounts/one/Calls.json"
        assert [200, 200] == [front.ask("GET", path, auth=auth).status_code for _ in range(2)]
        front.part.tenure = None

        answer = front.ask("GET", path, auth=auth)

        assert 503 == answer.status_code
        assert 503 == front.ask("GET", "/_exomock/accounts").status_code

    def test_a_write_that_the_fence_stops_is_a_503(self, front):
        """Both surfaces say that the account is another's, and when to ask again."""

        class Fence:
            def owned(self, _tx, accounts):
                return accounts

            def check(self, _tx, accounts):
                raise NotOwner(next(iter(accounts)))

        store = front.exchange.engine.store
        store.fence = Fence()
        try:
            v1 = front.ask(
                "POST", "/v1/Accounts/one/Calls/connect", auth=("one-key", "one-token"), data=ORDER
            )
            control = front.ask("PUT", "/_exomock/accounts/one/clock", json={"rate": 60})
        finally:
            store.fence = None

        assert [(503, "1")] * 2 == [
            (each.status_code, each.headers["Retry-After"]) for each in (v1, control)
        ]


class TestAllAccounts:
    def test_are_listed_by_any_process(self, pair):
        """Each has its own, and asks the other for the rest; pages go over both."""
        for each in pair:
            assert ["one", "two"] == _sids(each.ask("GET", "/_exomock/accounts"))
        page = pair[0].ask("GET", "/_exomock/accounts?limit=1").json()
        assert ("one", "one") == (page["accounts"][0]["sid"], page["next"])
        assert ["two"] == _sids(pair[0].ask("GET", "/_exomock/accounts?after=one"))
        assert "two-token" in pair[0].ask("GET", "/_exomock/console").text

    def test_say_what_they_leave_out(self, front, monkeypatch):
        """A process that does not answer is named, with why."""
        monkeypatch.setattr(forwards, "_ASKED", 0.1)
        owner = RawOwner(...)
        monkeypatch.setattr(
            front.part, "others", lambda: [There(owner.url, owner.url, 77)], raising=False
        )

        found = front.ask("GET", "/_exomock/accounts").json()

        assert ["one"] == [each["sid"] for each in found["accounts"]]
        process, account = found["left_out"]
        assert {"process": owner.url, "why": "no answer within 0.1 s"} == process
        assert "two" == account["account"]
        assert owner.url in front.ask("GET", "/_exomock/console").text

    def test_are_followed_by_each_process_for_its_own(self, pair):
        """The stream of all accounts names whose it leaves out."""
        with pair[0].ask("GET", "/_exomock/events", stream=True) as answer:
            assert pair[1].url == answer.headers["X-Exomock-Leaves-Out"]

    def test_a_new_one_goes_where_it_belongs(self, pair, front):
        """With a Sid, to whom hashing names; without one, it stays; it ends by any process."""
        front.part.table.homes |= {"new1": 2, "new2": 2}

        made = front.ask("POST", "/_exomock/accounts", json={"sid": "new1"})
        own = front.ask("POST", "/_exomock/accounts", json={})
        seen = front.ask("GET", "/v1/Accounts/new2/Calls", auth=("k", "t"))

        assert (201, 200) == (made.status_code, seen.status_code)
        assert {"new1", "new2"} <= set(pair[1].worlds)
        assert own.json()["sid"] in pair[0].worlds
        again = front.ask("POST", "/_exomock/accounts", json={"sid": "new1"})
        assert 409 == again.status_code
        for sid in ("new1", "new2", own.json()["sid"]):
            assert 204 == front.ask("DELETE", f"/_exomock/accounts/{sid}").status_code
        assert 404 == front.ask("GET", "/_exomock/accounts/new1").status_code

    def test_coverage_is_that_of_the_whole_suite(self, pair, front):
        """What the accounts of a suite have met adds up, whoever plays them."""
        front.part.table.homes |= {"cov2": 2}
        for sid in ("cov1", "cov2"):
            front.ask("POST", "/_exomock/accounts", json={"sid": sid, "suite": "both"})
            front.ask("GET", f"/v1/Accounts/{sid}/Calls")
        own = [
            _met(each.ask("GET", "/_exomock/coverage?suite=both", headers=_SENT)) for each in pair
        ]

        whole = [_met(each.ask("GET", "/_exomock/coverage?suite=both")) for each in pair]

        assert [sum(own)] * 2 == whole
        for sid in ("cov1", "cov2"):
            front.ask("DELETE", f"/_exomock/accounts/{sid}")
        assert 404 == front.ask("GET", "/_exomock/coverage?suite=none").status_code

    def test_the_cluster_shows_who_plays_what(self, pair):
        """All accounts, or one; an account that is not there is a 404."""
        found = pair[0].ask("GET", "/_exomock/cluster?account=two").json()

        assert [{"sid": "two", "owner": pair[1].url, "term": 1}] == found["accounts"]
        assert pair[0].url == found["me"]
        assert 404 == pair[0].ask("GET", "/_exomock/cluster?account=none").status_code


_SENT = {"X-Exomock-Forwarded": "http://127.0.0.1:1"}


def _met(answer):
    return sum(each["met"] for each in answer.json()["situations"])


def _sids(answer):
    return [each["sid"] for each in answer.json()["accounts"]]


def until(predicate):
    """Wait for something that another thread is about to do."""
    pause, patience = threading.Event(), 500
    while not predicate():
        patience -= 1
        assert patience, "never"
        pause.wait(0.02)
