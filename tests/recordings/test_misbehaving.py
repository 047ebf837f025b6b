"""`recording:` of a scenario: late, missing, cut short, refused, slow, or the user's own audio."""

import http.client
import json
import time
import wave
from urllib.parse import urlsplit

import pytest
import requests

from conftest import NOON, error_of, why_of
from exomock.domain.number import from_e164
from exomock.domain.order import Order
from exomock.domain.recording_twist import RecordingTwist
from exomock.domain.span import Span, seconds
from exomock.recording.audio import read_samples
from exomock.rehearsal.words import in_words
from exomock.scenarios import ScenarioError, read_scenario, read_scenarios
from exomock.scenarios.parts import read_next
from exomock.server import Exomock
from exomock.settings import Settings
from recordings.conftest import END, RECORDED, Player, basic, tone


def twisted(words):
    """A scenario whose recordings misbehave."""
    return f"{RECORDED}    recording: {words}\n"


class TestWords:
    @pytest.mark.parametrize(
        ("words", "twist"),
        [
            ("{}", RecordingTwist()),
            ("{after: 2m}", RecordingTwist(after=seconds(120))),
            ("{after: 2m..5m}", RecordingTwist(after=Span(120_000_000, 300_000_000))),
            ("{missing: true}", RecordingTwist(missing=True)),
            ("{truncated: 50%}", RecordingTwist(truncated=0.5)),
            ("{status: 403}", RecordingTwist(status=403)),
            ("{slow: 10B/s}", RecordingTwist(slow=10)),
            ("{slow: 2KB/s}", RecordingTwist(slow=2_000)),
            ("{slow: 1 MB/s}", RecordingTwist(slow=1_000_000)),
        ],
    )
    def test_are_read(self, words, twist):
        """Each alone; and in `next`."""
        assert twist == read_scenario("f", twisted(words).encode()).rules[0].script.recording
        assert twist == read_next(f"recording: {words}".encode())[1].recording

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (
                "{status: 200}",
                "recording.status: found '200', expected a whole number from 400 to 599",
            ),
            (
                "{slow: 0B/s}",
                "recording.slow: found '0B/s', expected a rate such as 10B/s or 2KB/s",
            ),
            ("{truncated: 101%}", "recording.truncated: found '101%', expected a share"),
            ("{late: 2m}", "recording.late: unknown key"),
            ("{mising: true}", "recording.mising: unknown key; did you mean 'missing'?"),
            ("{file: hello.wav}", "recording.file: a scenario that did not come from a file"),
            ("true", "recording: found 'true', expected a mapping"),
        ],
    )
    def test_that_are_wrong_are_named_with_their_line(self, words, said):
        """The key, what came, what was expected."""
        with pytest.raises(ScenarioError) as caught:
            read_scenario("f.yaml", twisted(words).encode())

        (line,) = str(caught.value).splitlines()
        assert line.startswith(f"f.yaml:7: rules.0.{said}")

    def test_live_in_the_database(self, players):
        """All of them, beside a drawn time: what is read again is what was written."""
        player = players(twisted("{after: 2m..5m, truncated: 50%, status: 403, slow: 2KB/s}"))
        call = player.mock.exchange.engine.details("exomock", player.connect())

        twist = call.script.recording
        assert 120_000_000 <= twist.waits <= 300_000_000
        assert (0.5, 403, 2_000.0, "") == (twist.truncated, twist.status, twist.slow, twist.file)


class TestAfter:
    def test_it_comes_so_long_after_the_end(self, players):
        """404 and no URL to the second before, with when it comes; then it plays."""
        player = players(twisted("{after: 2m}"))
        sid = player.connect()
        player.advance(END + 119)
        before, answer = player.call(sid), player.recording(sid)
        player.advance(1)
        after = player.call(sid)

        assert ("12", "") == (before["Duration"], before["RecordingUrl"])
        assert (404, "No matching results") == (answer.status_code, error_of(answer)["Message"])
        assert "it comes 2026-03-01 12:02:12 IST, 1 s from now" in why_of(answer)
        assert after["RecordingUrl"].endswith(f"{sid}.mp3")
        assert ("2026-03-01 12:00:12", "2026-03-01 12:02:12") == (
            before["DateUpdated"],
            after["DateUpdated"],
        )
        assert 200 == player.recording(sid).status_code

    def test_it_is_in_lists_as_in_single_calls(self, players):
        """At any second, whatever came first."""
        player = players("account: {late_fields: 30s}\n" + twisted("{after: 10s..60s}"))
        sids = [player.connect(To=f"0982220000{i}") for i in range(6)]
        player.advance(END)
        for _ in range(12):
            player.advance(6)
            listed = {each["Sid"]: each["RecordingUrl"] for each in player.calls()["Calls"]}
            assert listed == {sid: player.call(sid)["RecordingUrl"] for sid in sids}
            assert {bool(url): 200 if url else 404 for url in listed.values()} == {
                bool(url): player.recording(sid).status_code for sid, url in listed.items()
            }

    def test_it_never_comes_before_the_other_late_fields(self, players):
        """late_fields: 2m beats after: 5s."""
        player = players("account: {late_fields: 2m}\n" + twisted("{after: 5s}"))
        sid = player.connect()
        player.advance(END + 119)
        assert 404 == player.recording(sid).status_code
        player.advance(1)
        assert 200 == player.recording(sid).status_code


class TestTrouble:
    def test_missing_has_a_url_that_is_dead(self, players):
        """404 for ever, with the reason."""
        player = players(twisted("{missing: true}"))
        sid = player.recorded()
        answer = player.recording(sid)

        assert player.call(sid)["RecordingUrl"]
        assert (404, True) == (answer.status_code, "missing: true" in why_of(answer))

    @pytest.mark.parametrize("status", [403, 404, 599])
    def test_a_status_stands_for_it(self, players, status):
        """In the service's form; credentials are asked for first."""
        player = players(twisted(f"{{status: {status}}}"))
        sid = player.recorded()

        assert (status, str(status)) == (
            player.recording(sid).status_code,
            error_of(player.recording(sid))["Status"],
        )
        assert 401 == player.recording(sid, auth=False).status_code

    @pytest.mark.parametrize("share", [0, 50])
    def test_truncated_ends_before_what_was_announced(self, players, share):
        """Content-Length is that of the whole; the bytes that come are the first."""
        player = players(twisted(f"{{truncated: {share}%}}"))
        whole = Player(players().mock)
        right = whole.recording(whole.recorded()).content
        url = urlsplit(player.call(player.recorded())["RecordingUrl"])
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=9)
        connection.request("GET", url.path, headers={"Authorization": basic(player)})
        answer = connection.getresponse()
        with pytest.raises(http.client.IncompleteRead) as caught:
            answer.read()
        connection.close()

        assert str(len(right)) == answer.headers["Content-Length"]
        assert right[: int(len(right) * share / 100)] == caught.value.partial

    def test_slow_takes_its_time(self, players):
        """8,352 bytes at 20 KB/s: 0.4 s of wall time, and they are all right."""
        player, whole = players(twisted("{slow: 20KB/s}")), players()
        right = whole.recording(whole.recorded()).content
        sid = player.recorded()
        began = time.perf_counter()
        answer = player.recording(sid)

        assert right[:100] == answer.content[:100]
        assert len(right) == len(answer.content)
        assert time.perf_counter() - began >= 0.8 * len(right) / 20_000

    def test_slow_ones_do_not_crowd_out_others(self, players):
        """Where all places that may wait are taken, one more comes at once, and says so."""
        player = players(twisted("{slow: 100B/s}"), max_delays=1)
        sid = player.recorded()
        url = player.call(sid)["RecordingUrl"]
        first = requests.get(url, auth=player.http.auth, stream=True, timeout=9)
        second = player.recording(sid)
        first.close()

        assert "did not drip, for 1 answers wait already (max-delays)" in why_of(second)
        assert str(len(second.content)) == second.headers["Content-Length"]

    def test_the_control_api_lays_it_down(self, player):
        """`next`, and an inbound call."""
        player.mock.next(record=True, recording={"status": 500})
        sid = player.recorded()
        answer = player.http.post(
            f"{player.mock.url}/_exomock/accounts/exomock/calls",
            json={
                "from": "09811100001", "exophone": "08047112233", "talk": "4s", "record": True,
                "recording": {"missing": True},
            }, timeout=9,
        )  # fmt: skip
        player.advance(60)

        assert 500 == player.recording(sid).status_code
        assert "missing: true" in why_of(player.recording(answer.json()["sid"]))


class TestOwnAudio:
    @pytest.fixture
    def folder(self, tmp_path):
        """A folder with a scenario whose calls play `greeting.wav`."""
        (tmp_path / "scenario.yaml").write_text(twisted("{file: greeting.wav}"))
        (tmp_path / "greeting.wav").write_bytes(tone(2))
        return tmp_path

    def test_it_plays_as_mp3(self, folder):
        """Two seconds of it, whatever the call's length."""
        with Exomock(folder / "scenario.yaml", Settings(rate=0), start_at=NOON) as mock:
            player = Player(mock)
            sid = player.recorded()
            answer, again = player.recording(sid), player.recording(sid)

        assert ("audio/mpeg", "the scenario's audio file greeting.wav") == (
            answer.headers["Content-Type"],
            why_of(answer),
        )
        assert abs(read_samples(answer.content).seconds - 2) <= 0.3
        assert (answer.content, answer.headers["ETag"]) == (again.content, again.headers["ETag"])

    def test_it_may_change_and_go(self, folder):
        """It is read when it is asked for; one that is gone is a 404 that says so."""
        with Exomock(folder / "scenario.yaml", Settings(rate=0), start_at=NOON) as mock:
            player = Player(mock)
            sid = player.recorded()
            one = player.recording(sid)
            (folder / "greeting.wav").write_bytes(tone(1, 16_000))
            two = player.recording(sid)
            (folder / "greeting.wav").unlink()
            none = player.recording(sid)

        assert one.headers["ETag"] != two.headers["ETag"]
        assert abs(read_samples(two.content).seconds - 1) <= 0.3
        assert (404, True) == (none.status_code, "greeting.wav cannot be read" in why_of(none))

    @pytest.mark.parametrize(
        ("name", "said"),
        [
            ("greting.wav", "there is no file 'greting.wav'; did you mean 'greeting.wav'?"),
            ("../greeting.wav", "leaves the folder"),
            ("/etc/hostname", "leaves the folder"),
            ("scenario.yaml", "'scenario.yaml' is neither .wav nor .mp3"),
            ("text.wav", "'text.wav' is no WAV file that can be read"),
            ("text.mp3", "'text.mp3' is no mp3: it begins with no frame"),
            ("slow.wav", "has 100 samples a second; expected 4000 to 192000"),
            ("deep.wav", "has 24 bits a sample and 1 channels; expected 8 or 16, and 1 or 2"),
        ],
    )
    def test_what_cannot_be_played_is_told_at_the_start(self, folder, name, said):
        """With the file, the line, the key; nothing begins."""
        (folder / "scenario.yaml").write_text(twisted(f"{{file: {name}}}"))
        for each in ("text.wav", "text.mp3"):
            (folder / each).write_text("hello")
        for each, width, rate in (("deep.wav", 3, 8_000), ("slow.wav", 2, 100)):
            with wave.open(str(folder / each), "wb") as file:
                file.setparams((1, width, rate, 0, "NONE", None))
                file.writeframes(bytes(300))
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(folder / "scenario.yaml"),))

        (line,) = str(caught.value).splitlines()
        assert line.startswith(f"{folder}/scenario.yaml:7: rules.0.recording.file: ")
        assert said in line

    def test_a_file_of_a_rule_is_told_once_for_all_its_attempts(self, folder):
        """And one of an attempt where it stands."""
        (folder / "scenario.yaml").write_text(
            "rules:\n  - recording: {file: no.wav}\n    attempts:\n      - leg1: busy\n"
            "      - {leg1: busy, recording: {file: neither.wav}}\n"
        )
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(folder / "scenario.yaml"),))

        assert ["recording.file", "attempts.1.recording.file"] == [
            line.partition("rules.0.")[2].partition(":")[0]
            for line in str(caught.value).splitlines()
        ]

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("PUT", "scenario", {"rules": [{"recording": {"file": "greeting.wav"}}]}),
            ("POST", "next", {"recording": {"file": "greeting.wav"}}),
            ("POST", "calls", {"from": "09811100001", "exophone": "08047112233",
                               "recording": {"file": "greeting.wav"}}),
        ],
    )  # fmt: skip
    def test_no_client_names_a_file(self, player, method, path, body):
        """A server opens none for a client."""
        answer = player.http.request(
            method,
            f"{player.mock.url}/_exomock/accounts/exomock/{path}",
            data=json.dumps(body),
            headers={"Content-Type": "application/json"},
            timeout=9,
        )

        assert 400 == answer.status_code
        assert "did not come from a file" in answer.text


def test_a_terminal_reads_it_in_words():
    """`exomock scenario explain` says what becomes of the recording."""
    words = "{after: 2m..5m, status: 403, truncated: 50%, slow: 2KB/s}"
    script = read_scenario("f", twisted(words).encode()).rules[0].script
    number = from_e164("+919811100001")
    (line,) = [
        each for each in in_words(script, Order(number, number, number)) if "recording" in each
    ]

    assert (
        "its recording, if it is recorded: there 2 m to 5 m after the end; answered 403; "
        "cut off after 50%; 2000 bytes a second"
    ) == line
