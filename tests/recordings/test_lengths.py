"""How long an audio file is, read from its beginning and its size."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.clock import SECOND
from exomock.recording.length import length_of
from exomock.recording.wav import NotAudio
from flows.sounds import mp3, wav

BEGINNING = 65_536
ID3 = b"ID3\x04\x00\x00\x00\x00\x10\x00" + bytes(2048)
"""An empty tag of 2,048 bytes."""


def seconds_of(raw):
    """The length of a file of which the first 64 KiB are at hand."""
    return length_of(raw[:BEGINNING], len(raw)) / SECOND


class TestAWav:
    @pytest.mark.parametrize(
        ("given", "seconds"),
        [
            pytest.param({}, 12.345, id="8 kHz, 16 bits, mono: what Exotel plays"),
            pytest.param({"width": 1}, 3.5, id="8 bits"),
            pytest.param({"rate": 44_100, "channels": 2}, 61.0, id="larger than what is read"),
            pytest.param({}, 0.001, id="a millisecond"),
        ],
    )
    def test_is_as_long_as_its_header_says(self, given, seconds):
        """To the sample."""
        assert seconds == seconds_of(wav(seconds, **given))

    def test_that_was_streamed_is_as_long_as_its_bytes(self):
        """Its header says 4 GiB, because the size was not known when it was written."""
        raw = bytearray(wav(9))
        raw[40:44] = b"\xff\xff\xff\xff"

        assert 9 == seconds_of(bytes(raw))


class TestAnMp3:
    @pytest.mark.parametrize(
        ("seconds", "given", "close"),
        [
            pytest.param(12.3, {}, 0.2, id="as exomock's recordings"),
            pytest.param(70, {"rate": 16_000, "kilobits": 32}, 0.2, id="larger than what is read"),
            pytest.param(20, {"rate": 44_100, "kilobits": 128}, 0.1, id="music"),
            pytest.param(20, {"rate": 44_100, "variable": True}, 1.0, id="of a variable rate"),
        ],
    )
    def test_is_as_long_as_its_frames(self, seconds, given, close):
        """Within LAME's own delay; one of a variable rate that says nothing is estimated."""
        assert pytest.approx(seconds, abs=close) == seconds_of(mp3(seconds, **given))

    def test_with_a_tag_is_no_longer(self):
        """2 KiB of ID3 before the sound."""
        raw = mp3(6)

        assert pytest.approx(seconds_of(raw), abs=0.1) == seconds_of(ID3 + raw)


class TestWhatIsNone:
    @pytest.mark.parametrize(
        ("raw", "why"),
        [
            pytest.param(b"<html>", "it is neither WAV nor mp3", id="a page"),
            pytest.param(b"", "it is neither WAV nor mp3", id="nothing"),
            pytest.param(b"OggS" + bytes(99), "it is neither WAV nor mp3", id="Ogg"),
            pytest.param(b"RIFF" + bytes(99), "not a WAVE file", id="another RIFF"),
            pytest.param(wav(1)[:30], "no WAV file that can be read", id="half a header"),
            pytest.param(wav(0), "it has no sound", id="a WAV without a sample"),
            pytest.param(ID3, "it has no sound", id="a tag alone"),
        ],
    )
    def test_is_refused_in_one_sentence(self, raw, why):
        """That says what was found."""
        with pytest.raises(NotAudio) as refused:
            seconds_of(raw)

        assert why in str(refused.value)

    @settings(deadline=None)
    @given(
        st.sampled_from(
            [b"", b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0", b"ID3\x04\0\0", b"\xff\xfb\x90\x64"]
        ),
        st.binary(max_size=600),
        st.integers(0, 1 << 40),
    )
    def test_bytes_from_anywhere_are_a_length_or_refused(self, begins, rest, more):
        """Of any claimed size: more than nothing, and a day at most."""
        raw = begins + rest
        try:
            found = length_of(raw, len(raw) + more)
        except NotAudio:
            return

        assert 0 < found <= 24 * 3600 * SECOND
