"""A RecordingUrl plays: for its owner, whole or in parts, and the same each time."""

import logging
import sys

import pytest
import requests

from conftest import NOON, error_of, why_of
from exomock.domain.script import Party
from exomock.recording import heard_in, mp3
from exomock.recording.cache import AudioCache
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.wall import stopwatch
from recordings.conftest import RECORDED, Player

BOTH = (Party.FROM, Party.TO)

PARTS = {
    "bytes=0-99": slice(0, 100),
    "bytes=100-199": slice(100, 200),
    "bytes=500-": slice(500, None),
    "bytes=-77": slice(-77, None),
    "bytes=0-": slice(None),
    "bytes=100-9999999": slice(100, None),
}
"""Ranges, and which part of the file each asks for."""


class TestTheSound:
    @pytest.mark.parametrize(
        ("asked", "channels"),
        [
            ({}, (BOTH,)),
            ({"RecordingChannels": "single"}, (BOTH,)),
            ({"RecordingChannels": "dual"}, ((Party.FROM,), (Party.TO,))),
            (
                {"RecordingChannels": "dual", "RecordingFormat": "mp3-hq"},
                ((Party.FROM,), (Party.TO,)),
            ),
        ],
    )
    def test_is_this_calls(self, player, asked, channels):
        """Its Sid, from the first second to the last, and as long as ConversationDuration."""
        sid = player.recorded(Record="true", **asked)
        call = player.call(sid, details="true")

        answer = player.http.get(call["RecordingUrl"], timeout=20)
        heard = heard_in(answer.content)
        assert (200, "audio/mpeg") == (answer.status_code, answer.headers["Content-Type"])
        assert (sid[-8:], 0, 3, channels) == (heard.sid, heard.first, heard.last, heard.channels)
        assert 4 == call["Details"]["ConversationDuration"]
        assert abs(heard.seconds - 4) <= 0.3

    def test_is_as_long_as_was_talked(self, player):
        """TimeLimit cut the conversation: so does it cut the recording."""
        heard = heard_in(player.recording(player.recorded(TimeLimit="2")).content)

        assert (0, 1) == (heard.first, heard.last)

    def test_high_quality_has_twice_the_bits(self, player):
        """32 kbit/s in place of 16."""
        plain, high = (
            len(player.recording(player.recorded(RecordingFormat=each)).content)
            for each in ("mp3", "mp3-hq")
        )
        assert 2 * plain == high

    def test_is_the_same_bytes_each_time_and_after_a_restart(self, tmp_path):
        """With the cache and without it."""
        found = []
        for kept in (2**20, 0, 0):
            settings = Settings(rate=0, recording_bytes=kept)
            with Exomock(RECORDED, settings, database=tmp_path / "calls.db", start_at=NOON) as mock:
                player = Player(mock)
                sid = found[0][0] if found else player.recorded()
                for _ in range(2):
                    answer = player.recording(sid)
                    found.append((sid, answer.headers["ETag"], answer.content))

        assert 1 == len(set(found))


class TestWhoMayHear:
    def test_nobody_without_credentials(self, player):
        """401 in the service's form, with its challenge."""
        answer = player.recording(player.recorded(), auth=False)

        assert (401, "Unauthorized; ") == (answer.status_code, error_of(answer)["Message"])
        assert answer.headers["WWW-Authenticate"].startswith("Basic")

    def test_nobody_with_wrong_ones(self, player):
        """401 with its code."""
        player.recorded()
        player.http.auth = (player.mock.key, "wrong")

        assert "34010" == error_of(player.recording("0" * 32))["Code"]

    def test_an_unknown_call_has_none(self, player):
        """404 in the service's words."""
        answer = player.recording("0" * 32)

        assert (404, "No matching results") == (answer.status_code, error_of(answer)["Message"])

    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"Record": "false"}, "it was not asked for"),
            ({"To": "09000000002", "Record": "true"}, "nobody talked"),
        ],
    )
    def test_a_call_without_one_says_why(self, players, fields, said):
        """404, and in the why what would have made one."""
        player = players()
        answer = player.recording(player.recorded(**fields))

        assert (404, True) == (answer.status_code, said in why_of(answer))

    def test_the_journal_has_it(self, player):
        """A test can see that its worker fetched the recording."""
        sid = player.recorded()
        player.recording(sid)

        (heard,) = [each for each in player.mock.requests if each.path.endswith(".mp3")]
        assert f"/exotelrecordings/exomock/{sid}.mp3" == heard.path
        assert (200, "exomock-key") == (heard.status, heard.user)

    def test_a_fault_of_the_api_is_none_of_recordings(self, players):
        """They come from another host: `recording:` makes them fail."""
        player = players()
        sid = player.recorded()
        player.mock.fault("service-unavailable")

        assert (503, 200) == (
            player.get("Calls.json").status_code,
            player.recording(sid).status_code,
        )


class TestHttp:
    def test_head_says_what_get_brings(self, player):
        """Without a body."""
        sid = player.recorded()
        head, whole = player.recording(sid, "HEAD"), player.recording(sid)

        assert b"" == head.content
        assert str(len(whole.content)) == head.headers["Content-Length"]
        for name in ("Content-Type", "Content-Length", "ETag", "Accept-Ranges"):
            assert whole.headers[name] == head.headers[name]

    @pytest.mark.parametrize("kept", [0, 2**20], ids=["made", "kept"])
    def test_a_part_is_that_part(self, players, kept):
        """206 with its Content-Range, also of a file that is made for it."""
        player = players(recording_bytes=kept)
        sid = player.recorded()
        whole = player.recording(sid).content
        for asked, part in PARTS.items():
            answer = player.recording(sid, Range=asked)

            assert (206, whole[part]) == (answer.status_code, answer.content)
            start, stop, _step = part.indices(len(whole))
            assert f"bytes {start}-{stop - 1}/{len(whole)}" == answer.headers["Content-Range"]

    def test_any_other_range_gets_the_whole(self, player):
        """As RFC 9110 lets a server do."""
        sid = player.recorded()
        for asked in ("bytes=0-1,5-9", "seconds=0-1", "bytes=x", "nonsense"):
            answer = player.recording(sid, Range=asked)

            assert (200, str(len(answer.content))) == (
                answer.status_code,
                answer.headers["Content-Length"],
            )

    def test_a_range_beyond_the_end_is_416(self, player):
        """With the length that there is."""
        sid = player.recorded()
        size = len(player.recording(sid).content)
        answer = player.recording(sid, Range=f"bytes={size}-")

        assert (416, f"bytes */{size}") == (answer.status_code, answer.headers["Content-Range"])

    def test_who_has_it_is_told_so(self, player):
        """304 for its ETag; a part only if the rest is of the same file."""
        sid = player.recorded()
        tag = player.recording(sid).headers["ETag"]

        assert 304 == player.recording(sid, If_None_Match=tag).status_code
        assert 200 == player.recording(sid, If_None_Match='"other"').status_code
        assert 206 == player.recording(sid, Range="bytes=0-9", If_Range=tag).status_code
        assert 200 == player.recording(sid, Range="bytes=0-9", If_Range='"other"').status_code


class TestWithoutLame:
    def test_it_is_wav_and_the_log_says_how_to_get_mp3(self, player, monkeypatch, caplog):
        """One line, however many are asked for."""
        monkeypatch.setitem(sys.modules, "lameenc", None)
        mp3.lame.cache_clear()
        with caplog.at_level(logging.WARNING, "exomock.recordings"):
            answers = [player.recording(player.recorded(RecordingChannels="dual")) for _ in "ab"]
        mp3.lame.cache_clear()

        assert ["audio/wav"] * 2 == [each.headers["Content-Type"] for each in answers]
        assert ((Party.FROM,), (Party.TO,)) == heard_in(answers[0].content).channels
        (line,) = [each.message for each in caplog.records]
        assert "pip install 'exomock[mp3]'" in line


class TestTheCache:
    def test_keeps_no_more_than_it_may(self):
        """The one that was not heard for longest goes."""
        cache = AudioCache(250)
        for name in "abcab":
            assert name.encode() * 100 == b"".join(
                cache.pieces(name, lambda n=name: [n.encode()] * 100)
            )
            assert cache.size <= 250
        cache.close()

    def test_makes_once_what_it_has_room_for(self):
        """And each time what it has not."""
        made = []

        def make(size):
            made.append(size)
            return [b"x" * size]

        cache = AudioCache(100)
        for size in (60, 60, 101, 101):
            assert size == len(b"".join(cache.pieces(str(size), lambda s=size: make(s))))
        cache.close()
        assert [60, 101, 101] == made

    def test_keeps_nothing_that_was_not_heard_to_its_end(self):
        """A client that leaves gives up half a file."""
        cache = AudioCache(100)
        pieces = cache.pieces("a", lambda: [b"x", b"y"])
        next(pieces)
        pieces.close()

        assert 0 == cache.size
        assert b"z" == b"".join(cache.pieces("a", lambda: [b"z"]))
        cache.close()

    def test_gives_back_its_folder(self):
        """Also while somebody still reads."""
        cache = AudioCache(100)
        assert b"x" == b"".join(cache.pieces("a", lambda: [b"x"]))
        folder = cache._folder.path
        reading = cache.pieces("a", lambda: [b"x"])
        cache.close()

        assert not folder.exists()
        assert b"x" == b"".join(reading)

    def test_goes_on_where_its_folder_was_removed(self):
        """Somebody cleans up the temporary folder of a server that runs for weeks."""
        cache = AudioCache(100)
        b"".join(cache.pieces("a", lambda: [b"x"]))
        (cache._folder.path / "a").unlink()
        cache._folder.path.rmdir()

        assert b"y" == b"".join(cache.pieces("a", lambda: [b"y"]))
        cache.close()

    def test_one_server_asks_nobody_twice(self, player):
        """The second answer comes from the file."""
        sid = player.recorded()
        first = player.recording(sid).content
        cache = player.mock.exchange.audio

        assert len(first) == cache.size
        assert first == player.recording(sid).content
        assert len(first) == cache.size


def test_hundreds_of_listeners_hold_nobody_up(player):
    """A client that reads slowly has a place of its own: others are answered meanwhile."""
    sid = player.recorded()
    slow = [
        requests.get(
            f"{player.mock.url}/exotelrecordings/exomock/{sid}.mp3",
            auth=player.http.auth, stream=True, timeout=20,
        )
        for _ in range(30)
    ]  # fmt: skip

    assert 200 == player.recording(sid).status_code
    assert {200} == {each.status_code for each in slow}
    for each in slow:
        each.close()


@pytest.mark.parametrize("asked", [{}, {"RecordingChannels": "dual", "RecordingFormat": "mp3-hq"}])
def test_three_minutes_begin_within_150_ms_and_are_whole_within_2_s(players, asked):
    """Made while they are sent, with nothing kept; the best of three, because machines are busy."""
    player = players(RECORDED.replace("4s", "3m"), recording_bytes=0)
    sid = player.connect(**asked)
    player.advance(300)
    firsts, wholes = [], []
    for _ in range(3):
        began = stopwatch()
        url = f"{player.mock.url}/exotelrecordings/exomock/{sid}.mp3"
        with player.http.get(url, stream=True, timeout=20) as answer:
            parts = answer.iter_content(4_096)
            next(parts)
            firsts.append(stopwatch() - began)
            assert int(answer.headers["Content-Length"]) == 4_096 + sum(map(len, parts))
            wholes.append(stopwatch() - began)

    assert min(firsts) <= 0.15
    assert min(wholes) <= 2
