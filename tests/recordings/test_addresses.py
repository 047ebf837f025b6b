"""Where a RecordingUrl points to: back to exomock, by the host that was used."""

import json
from urllib.parse import urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from conftest import error_of, why_of
from exomock.recording.addresses import base_of, is_signed, signed
from recordings.conftest import END, RECORDED


class TestInAGet:
    @pytest.mark.parametrize(
        "host", ["localhost:8080", "exomock:1234", "api.exotel.com", "[::1]:80"]
    )
    def test_it_is_the_host_that_was_used(self, player, host):
        """Of a call and of a list; kept answers of another host are not given."""
        sid = player.recorded()
        base = f"/v1/Accounts/{player.mock.sid}/Calls"
        for path in (f"{base}/{sid}.json", f"{base}.json"):
            for name in (host, urlsplit(player.mock.url).netloc, host):
                _status, body = player.raw(path, name)
                found = json.loads(body)
                call = found["Call"] if "Call" in found else found["Calls"][0]
                assert f"http://{name}/exotelrecordings/exomock/{sid}.mp3" == call["RecordingUrl"]

    def test_it_plays(self, player):
        """As it stands in the answer."""
        url = player.call(player.recorded())["RecordingUrl"]

        assert b"\xff" == player.http.get(url, timeout=9).content[:1]

    @pytest.mark.parametrize("host", ["a b", "a/b", "x" * 256, "", "a?b", "ü", "a@b", 'a"b<c>'])
    def test_a_host_that_is_none_gives_the_servers_own(self, host):
        """Nothing of a strange Host stands in an answer."""
        assert "" == base_of("http", host)

    @given(st.text(max_size=300))
    def test_no_host_leaves_its_place(self, host):
        """Whatever it is, the URL has no other host, no path and no user of its."""
        base = base_of("http", host)
        assert base == "" or urlsplit(f"{base}/x")[:3] == ("http", host, "/x")


class TestInACallback:
    def test_it_is_the_host_that_placed_the_call(self, player, receiver):
        """`localhost`, though the server's address is 127.0.0.1."""
        port = urlsplit(player.mock.url).port
        url = f"http://localhost:{port}/v1/Accounts/exomock/Calls/connect.json"
        fields = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}
        sid = requests.post(
            url, fields | {"StatusCallback": receiver.url}, auth=player.http.auth, timeout=9
        ).json()["Call"]["Sid"]
        player.advance(60)

        (got,) = receiver.got
        where = f"http://localhost:{port}/exotelrecordings/exomock/{sid}.mp3"
        assert where == got.form["RecordingUrl"]
        assert 200 == requests.get(where, auth=player.http.auth, timeout=9).status_code

    def test_it_is_the_servers_own_where_nobody_placed_it(self, players, receiver):
        """A caller of the scenario's comes in by itself."""
        player = players(
            "inbound:\n  - {from: '09811100001', exophone: '08047112233', every: 1h, record: true, "
            f"status_callback: '{receiver.url}'}}\n"
        )
        player.advance(3_700)

        (got, *_) = receiver.got
        assert got.form["RecordingUrl"].startswith(f"{player.mock.url}/exotelrecordings/")

    def test_the_host_changes_neither_sid_nor_chance(self, players):
        """A test's server has another port each time."""
        sids = [players().connect() for _ in "ab"]

        assert 1 == len(set(sids))


class TestRecordingBase:
    BASE = "https://recordings.exotel.com"

    def test_stands_in_every_url(self, players, receiver):
        """In a GET, a list, a callback, and before a signature."""
        player = players(recording_base=self.BASE)
        sid = player.recorded(StatusCallback=receiver.url)
        where = f"{self.BASE}/exotelrecordings/exomock/{sid}.mp3"
        call = player.call(sid, RecordingUrlValidity=5)

        assert where == call["RecordingUrl"] == receiver.got[0].form["RecordingUrl"]
        assert where == player.calls()["Calls"][0]["RecordingUrl"]
        assert call["PreSignedRecordingUrl"].startswith(f"{where}?")

    def test_its_host_may_be_asked(self, players):
        """A public name that leads here is no page's that was rebound."""
        player = players(recording_base="https://recordings.customer.example")
        path = f"/exotelrecordings/exomock/{player.recorded()}.mp3"

        assert 200 == player.raw(path, "recordings.customer.example")[0]
        assert 403 == player.raw(path, "other.customer.example")[0]


class TestSigned:
    def test_it_needs_no_credentials(self, player):
        """In lists and single calls, in JSON and XML."""
        sid = player.recorded()
        found = [
            player.call(sid, RecordingUrlValidity=5)["PreSignedRecordingUrl"],
            player.calls(RecordingUrlValidity=5)["Calls"][0]["PreSignedRecordingUrl"],
        ]
        root = player.get(f"Calls/{sid}", params={"RecordingUrlValidity": "5"}).content.decode()

        assert 1 == len(set(found))
        assert "<PreSignedRecordingUrl>" in root
        answer = requests.get(found[0], timeout=9)
        assert (200, player.recording(sid).content) == (answer.status_code, answer.content)

    def test_only_who_asks_gets_one(self, player):
        """And nobody for a call without a recording."""
        silent = player.recorded(To="09000000002")

        assert "PreSignedRecordingUrl" not in player.call(player.recorded())
        assert "" == player.call(silent, RecordingUrlValidity=5)["PreSignedRecordingUrl"]

    @pytest.mark.parametrize("minutes", [5, 60])
    def test_it_expires_by_the_accounts_clock(self, player, minutes):
        """To the second; then 403, and a new one is good."""
        sid = player.recorded()
        url = player.call(sid, RecordingUrlValidity=minutes)["PreSignedRecordingUrl"]
        player.advance(60 * minutes - 1)
        assert 200 == requests.get(url, timeout=9).status_code
        player.advance(1)
        answer = requests.get(url, timeout=9)

        assert (403, "403") == (answer.status_code, error_of(answer)["Status"])
        assert "was good until 2026-03-01" in why_of(answer)
        again = player.call(sid, RecordingUrlValidity=minutes)["PreSignedRecordingUrl"]
        assert 200 == requests.get(again, timeout=9).status_code

    def test_a_change_of_any_part_is_403(self, player):
        """Another call, a later expiry, another or no signature."""
        one, two = player.recorded(), player.recorded()
        url = player.call(one, RecordingUrlValidity=5)["PreSignedRecordingUrl"]
        expires = url.partition("Expires=")[2].partition("&")[0]
        wrong = [
            url.replace(one, two),
            url.replace(expires, str(int(expires) + 1)),
            url.replace("exotelrecordings/exomock", "exotelrecordings/other"),
            url[:-1] + ("0" if url[-1] != "0" else "1"),
            url.partition("&")[0],
            url.replace("Expires=", "expires="),
            url.replace(expires, "later"),
        ]

        assert {403} == {requests.get(each, timeout=9).status_code for each in wrong}

    def test_credentials_do_not_mend_a_wrong_signature(self, player):
        """Who sends both has made a mistake that a test should see."""
        assert 403 == player.recording(player.recorded(), query="?Signature=0").status_code

    @given(st.text(max_size=40), st.text(max_size=40), st.integers(0, 10**11))
    def test_belongs_to_its_path_and_expiry(self, path, other, expires):
        """And to the account's token."""
        query = dict(pair.split("=") for pair in signed("", path, "secret", expires)[1:].split("&"))
        given_ = query["Expires"], query["Signature"]

        assert is_signed(path, "secret", *given_)
        assert (path == other) == is_signed(other, "secret", *given_)
        assert not is_signed(path, "another", *given_)


def test_the_terminal_callback_has_it_at_once(players, receiver):
    """Section 8: the lag touches GETs; until it is over the URL in the callback answers 404."""
    player = players("account: {late_fields: 2m}\n" + RECORDED)
    sid = player.connect(StatusCallback=receiver.url)
    player.advance(END)
    url = receiver.got[0].form["RecordingUrl"]

    assert (404, "") == (
        player.http.get(url, timeout=9).status_code,
        player.call(sid)["RecordingUrl"],
    )
    player.advance(120)
    assert (200, url) == (
        player.http.get(url, timeout=9).status_code,
        player.call(sid)["RecordingUrl"],
    )
