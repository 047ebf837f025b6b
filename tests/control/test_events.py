"""Server-Sent Events: what happens, as it happens, in one account or in all."""

import json
import threading

import pytest
import requests

from exomock import streaming
from exomock.client import ControlError, Server
from exomock.client.events import happenings
from exomock.server import Exomock
from exomock.settings import Settings


@pytest.fixture
def mock():
    """A running exomock with a frozen clock."""
    with Exomock(settings=Settings(rate=0, events_kept=50)) as mock:
        yield mock


def follow(mock, path, since=None):
    """Events of a stream, one after the other."""
    batches = happenings(mock.wire, path, since)  # here, so that it has begun
    return (each for batch in batches for each in batch)


def of_account(mock):
    """The path of its account's stream."""
    return f"/accounts/{mock.sid}/events"


def take(stream, many):
    """The next so many events."""
    return [next(stream) for _ in range(many)]


BOTH = pytest.mark.parametrize("path", [of_account, lambda _mock: "/events"], ids=["one", "all"])


@BOTH
class TestAStream:
    def test_begins_now(self, mock, path):
        """What happened before is not told; what happens after is, with id, kind and data."""
        mock.connect("09822200002")
        stream = follow(mock, path(mock))
        mock.advance(1)

        first = next(stream)
        assert ("change", "advanced") == (first.kind, first.data["data"]["did"])
        assert (mock.sid, "change") == (first.data["account"], first.data["kind"])

    def test_begins_at_the_oldest_by_since_0(self, mock, path):
        """`?since=0`, as a browser's EventSource can say it."""
        mock.connect("09822200002")

        stream = follow(mock, f"{path(mock)}?since=0")
        assert ["event", "request"] == [each.kind for each in take(stream, 2)]

    def test_goes_on_after_the_last_event_id(self, mock, path):
        """None twice, none left out."""
        mock.connect("09822200002")
        mock.advance(600)
        whole = take(follow(mock, path(mock), "0"), 5)

        assert whole[3:] == take(follow(mock, path(mock), whole[2].id), 2)

    def test_says_how_many_are_gone(self, mock, path):
        """Of 60 things that happened 50 are kept (`events-kept`)."""
        for _ in range(60):
            mock.advance(1)

        dropped, oldest = take(follow(mock, path(mock), "0"), 2)
        assert ("dropped", {"count": 10}) == (dropped.kind, dropped.data)
        assert 11 == oldest.data["number"]

    @pytest.mark.parametrize("name", ["7", "x", "1-1", "0-0", "9" * 30])
    def test_of_an_unknown_id_is_a_400(self, mock, path, name):
        """An id of another life of the server, one to come, and nonsense."""
        with pytest.raises(ControlError, match="there is no event") as caught:
            happenings(mock.wire, f"{path(mock)}?since={name}")

        assert 400 == caught.value.status

    def test_shows_a_heartbeat(self, mock, path, monkeypatch):
        """A comment, after so many seconds of silence."""
        monkeypatch.setattr(streaming, "HEARTBEAT", 0.01)
        with requests.get(f"{mock.url}/_exomock{path(mock)}", stream=True, timeout=5) as answer:
            lines = answer.iter_lines()
            comments = [line for line in (next(lines) for _ in range(6)) if line]

        assert [b": exomock", b": still here", b": still here"] == comments
        assert "text/event-stream" in answer.headers["content-type"]

    def test_ends_when_the_server_ends(self, path):
        """At once."""
        mock = Exomock()
        stream = follow(mock, path(mock))
        ended = threading.Event()
        threading.Thread(target=lambda: (list(stream), ended.set()), daemon=True).start()
        mock.close()

        assert ended.wait(3)


def test_of_an_account_ends_when_it_is_deleted(mock):
    """Its last event says so."""
    account = Server(mock.url).account()
    stream = follow(account, f"/accounts/{account.sid}/events")
    account.close()

    assert ["deleted"] == [each.data["data"]["did"] for each in stream]


def test_of_all_tells_of_accounts_in_the_order_of_commits(mock):
    """Also of those that are deleted meanwhile; each event says whose it is."""
    stream = follow(mock, "/events")
    other = Server(mock.url).account()
    for account in (mock, other, mock, other):
        account.advance(1)
    other.close()

    found = [(each.data["account"], each.data["data"]["did"]) for each in take(stream, 5)]
    turns = [mock.sid, other.sid] * 2
    assert [*((sid, "advanced") for sid in turns), (other.sid, "deleted")] == found


def test_of_no_account_is_a_404(mock):
    """As everywhere."""
    assert 404 == requests.get(f"{mock.url}/_exomock/accounts/nobody/events", timeout=5).status_code


def test_tells_what_a_callback_says(mock):
    """Its Status, where it goes, and what came of the try."""
    mock.connect("09822200002", StatusCallback=f"{mock.url}/_exomock/echo",
                 StatusCallbackEvents=["terminal"])  # fmt: skip
    stream = follow(mock, "/events")
    mock.advance(600)

    (tried,) = [each for each in take(stream, 9) if each.kind == "try"]
    data = tried.data["data"]
    assert ("completed", "terminal", f"{mock.url}/_exomock/echo", 200) == (
        data["says"], data["event"], data["url"], data["status"]
    )  # fmt: skip


def test_streams_hold_no_request_thread():
    """With four threads and 30 streams every request is answered; each place comes back."""
    with Exomock(settings=Settings(rate=0, threads=4, max_streams=30)) as mock:
        open_ = [
            requests.get(f"{mock.url}/_exomock/events", stream=True, timeout=5) for _ in range(30)
        ]
        full = requests.get(f"{mock.url}/_exomock/events", timeout=5)
        assert 503 == full.status_code
        assert "max-streams: 30" in full.json()["detail"]
        assert "ok" == Server(mock.url).health["status"]
        for each in open_:
            each.close()
        places = until_free(mock)

    assert places


def until_free(mock):
    """Whether a stream may begin again soon: the server learns of a closed connection by itself."""
    pause = threading.Event()
    for _ in range(200):
        with requests.get(f"{mock.url}/_exomock/events", stream=True, timeout=5) as answer:
            if 200 == answer.status_code:
                return True
        pause.wait(0.02)
    return False


def test_a_reader_that_does_not_read_holds_nobody_up(mock):
    """What he misses is lost to him alone, and counted."""
    with requests.get(f"{mock.url}/_exomock/events", stream=True, timeout=5):
        for _ in range(3):
            for _ in range(40):
                mock.connect("09822200002")
            mock.advance(600)
        fresh = follow(mock, "/events")
        mock.advance(1)

        assert "advanced" == next(fresh).data["data"]["did"]


def test_is_in_the_openapi(mock):
    """As text/event-stream, with `since`."""
    paths = json.loads(requests.get(f"{mock.url}/_exomock/openapi.json", timeout=9).text)["paths"]

    for path in ("/_exomock/events", "/_exomock/accounts/{sid}/events"):
        operation = paths[path]["get"]
        assert "text/event-stream" in operation["responses"]["200"]["content"]
        assert "since" in [each["name"] for each in operation["parameters"]]
