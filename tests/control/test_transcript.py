"""The transcript: the same story is the same bytes."""

import json
from concurrent.futures import ThreadPoolExecutor

from conftest import ORDINARY


def text_of(account):
    response = account.control.http.get(
        f"{account.control.url}/_exomock/accounts/{account.sid}/transcript", timeout=30
    )
    assert 200 == response.status_code
    assert "application/jsonl" == response.headers["Content-Type"].partition(";")[0]
    return response.content


def story(account, receiver):
    """Three calls, one that is refused, a list, and the end of it all."""
    account.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
    account.connect(StatusCallback=receiver.url)
    account.advance(5)
    account.try_connect(To="09000000005")
    account.connect(From="09000000001")
    account.idle()
    account.v1("GET", "Calls.json?details=true")
    return text_of(account)


def seeded(control, sid="t1"):
    return control.account(sid, seed=5, key="k", token="t", scenario=ORDINARY)


class TestTheTranscript:
    def test_tells_requests_events_and_callbacks_by_account_time(self, control, receiver):
        lines = [json.loads(line) for line in story(seeded(control), receiver).splitlines()]

        assert {"kind": "account", "sid": "t1", "requests_dropped": 0} == lines[0]
        assert {"request", "event", "sent"} == {line["kind"] for line in lines[1:]}
        times = [line["at"] for line in lines[1:]]
        assert times == sorted(times)
        first = next(line for line in lines if line["kind"] == "request")
        assert ("POST", "Calls/connect.json", 200) == (
            first["method"],
            first["path"],
            first["status"],
        )
        assert first["call"] in {line["call"] for line in lines if line["kind"] == "event"}
        sent = [line for line in lines if line["kind"] == "sent"]
        assert [("answered", "delivered")] == [(s["event"], s["state"]) for s in sent[:1]]

    def test_of_the_same_story_is_the_same_bytes(self, controlled, receiver):
        """On two servers, Sids included."""
        one, other = (story(seeded(controlled()), receiver) for _ in range(2))

        assert one == other

    def test_is_the_same_with_sixteen_clients_at_once(self, controlled, receiver):
        sids = [f"t{i}" for i in range(16)]
        apart, together = controlled(), controlled()
        expected = [story(seeded(apart, sid), receiver) for sid in sids]
        with ThreadPoolExecutor(16) as pool:
            found = list(pool.map(lambda sid: story(seeded(together, sid), receiver), sids))

        assert expected == found
