"""The sound of recordings: made from the call alone, and read from the sound alone."""

import io
import math
import os
import wave
from array import array
from operator import mul

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.recording import BOTH, LEAST, Recording
from exomock.domain.script import Party
from exomock.recording import NotAudio, heard_in, marks, mp3, wav
from exomock.recording.audio import MP3, audio_of, read_samples
from exomock.recording.marks import LENGTH, Mark, read, written
from exomock.recording.tones import (
    BEEP,
    BEEP_BLOCKS,
    BLOCK,
    LOWEST,
    RATE,
    STEP,
    VOICES,
    hertz,
    sound,
)
from exomock.recording.wav import Samples, as_wav, interleaved, read_wav
from pages import text_of

SID = "a1b2c3d4e5f60718293a4b5c6d7e1a4f"
MANY = 300 if os.environ.get("EXOMOCK_SOAK") else 8

SIDS = st.text("0123456789abcdef", min_size=28, max_size=28).flatmap(
    lambda start: st.text("0123456789abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=4).map(
        lambda day: start + day
    )
)
RECORDINGS = st.builds(
    Recording,
    SIDS,
    st.integers(1, 4),
    parties=st.just(BOTH),
    dual=st.booleans(),
    high_quality=st.booleans(),
)


def whole(recording):
    """The bytes of a recording."""
    return b"".join(audio_of(recording).make())


def power(samples, frequency):
    """How strong a frequency is in some samples."""
    turn = 2 * math.pi * frequency / RATE
    cosine = sum(map(mul, samples, (math.cos(turn * i) for i in range(len(samples)))))
    sine = sum(map(mul, samples, (math.sin(turn * i) for i in range(len(samples)))))
    return math.hypot(cosine, sine) / len(samples)


class TestWhatIsHeard:
    @settings(max_examples=MANY, deadline=None)
    @given(RECORDINGS)
    def test_is_what_was_made(self, recording):
        """Any call, in mp3 and WAV: its Sid's end, each second, who speaks on which channel."""
        for raw in (whole(recording), b"".join(as_wav(recording))):
            heard = heard_in(raw)

            assert recording.sid[-8:] == heard.sid
            assert (0, recording.seconds - 1) == (heard.first, heard.last)
            assert 2 * recording.seconds == heard.marks
            both = ((Party.FROM,), (Party.TO,)) if recording.dual else ((Party.FROM, Party.TO),)
            assert both == heard.channels

    @settings(max_examples=MANY, deadline=None)
    @given(RECORDINGS)
    def test_is_as_long_as_the_call(self, recording):
        """Within 0.3 s, LAME's own silence included."""
        assert abs(read_samples(whole(recording)).seconds - recording.seconds) <= 0.3

    @pytest.mark.parametrize("dual", [False, True])
    def test_a_part_says_which_seconds_it_is(self, dual):
        """Seconds 4 to 7 of ten, cut out of the middle."""
        found = read_wav(b"".join(as_wav(Recording(SID, 10, dual=dual))))
        part = Samples(RATE, tuple(each[4 * RATE : 8 * RATE] for each in found.channels))

        heard = heard_in(_as_file(part))
        assert (4, 7) == (heard.first, heard.last)

    @pytest.mark.parametrize("rate", [16_000, 44_100, 48_000])
    def test_survives_another_sample_rate(self, rate):
        """A worker may have converted the file."""
        (samples,) = read_wav(b"".join(as_wav(Recording(SID, 3)))).channels
        more = array(
            "h", (samples[int(i * RATE / rate)] for i in range(len(samples) * rate // RATE))
        )

        assert SID[-8:] == heard_in(_as_file(Samples(rate, (more,)))).sid

    def test_a_voicemail_has_the_caller_alone(self):
        """The other half of each second is silent."""
        heard = heard_in(whole(Recording(SID, 3, parties=(Party.FROM,))))

        assert (((Party.FROM,),), 3) == (heard.channels, heard.marks)

    @pytest.mark.parametrize("level", [0, 1, 3_000])
    def test_is_nothing_in_other_sound(self, level):
        """Silence, and noise."""
        noise = array("h", ((i * i * 7919 % 2003 - 1001) * level // 1001 for i in range(4 * RATE)))

        assert heard_in(_as_file(Samples(RATE, (noise,)))) is None

    def test_is_nothing_in_less_than_half_a_second(self):
        """A conversation of 0 s has a file that plays, without a mark."""
        assert heard_in(whole(Recording(SID, LEAST))) is None


class TestSpectrum:
    @pytest.mark.parametrize("form", [audio_of, None], ids=["mp3", "wav"])
    def test_each_party_has_a_tone_of_its_own(self, form):
        """Dual: the first channel has 250 Hz and not 625, the second the other way round."""
        recording = Recording(SID, 4, dual=True)
        raw = whole(recording) if form else b"".join(as_wav(recording))
        ours, theirs = read_samples(raw).channels
        low, high = hertz(VOICES[Party.FROM]), hertz(VOICES[Party.TO])

        assert (250, 625) == (low, high)
        assert power(ours, low) > 20 * power(ours, high)
        assert power(theirs, high) > 20 * power(theirs, low)

    def test_a_single_channel_has_both(self):
        """Each for half of the time."""
        (channel,) = read_samples(whole(Recording(SID, 4))).channels

        loud = [power(channel, hertz(VOICES[party])) for party in Party]
        assert min(loud) > 20 * power(channel, 440)

    def test_each_second_begins_with_a_beep(self):
        """875 Hz for the first 64 ms, and not before them."""
        (channel,) = read_wav(b"".join(as_wav(Recording(SID, 3)))).channels
        for second in range(3):
            beep = channel[second * RATE : second * RATE + 512]
            assert power(beep, 875) > 5_000
            assert power(channel[second * RATE + 4_000 : second * RATE + 4_512], 875) < 100


class TestTheFile:
    @settings(max_examples=MANY * 2, deadline=None)
    @given(st.integers(1, 20 * RATE), st.booleans(), st.booleans())
    def test_is_as_long_as_its_header_will_say(self, samples, dual, high_quality):
        """Content-Length is sent before the file is made, so the length is worked out."""
        recording = Recording(SID, samples / RATE, dual=dual, high_quality=high_quality)

        assert mp3.size_of(recording) == len(b"".join(mp3.as_mp3(recording)))
        assert wav.size_of(recording) == len(b"".join(as_wav(recording)))

    @settings(max_examples=MANY, deadline=None)
    @given(RECORDINGS)
    def test_is_the_same_each_time(self, recording):
        """Its name is too, from which its ETag comes."""
        assert audio_of(recording).name == audio_of(recording).name
        assert whole(recording) == whole(recording)

    def test_has_another_name_for_other_bytes(self):
        """Whatever the call, its length, channels, quality and parties are."""
        found = [
            Recording(SID, 3),
            Recording(SID[::-1], 3),
            Recording(SID, 4),
            Recording(SID, 3, dual=True),
            Recording(SID, 3, high_quality=True),
            Recording(SID, 3, parties=(Party.FROM,)),
        ]

        assert len(found) == len({audio_of(each).name for each in found})

    @pytest.mark.parametrize(
        ("high_quality", "dual", "kilobits"),
        [(False, False, 16), (True, False, 32), (False, True, 32), (True, True, 64)],
    )
    def test_has_its_bit_rate_for_each_channel(self, high_quality, dual, kilobits):
        """mp3-hq: 32 kbit/s a channel."""
        recording = Recording(SID, 60, dual=dual, high_quality=high_quality)
        audio = audio_of(recording)

        assert MP3 == audio.media_type
        assert kilobits * 1000 / 8 * 60 == pytest.approx(audio.size, rel=0.01)

    def test_comes_in_pieces_of_which_the_first_is_short(self):
        """Nobody waits for three minutes of sound to hear the first."""
        pieces = list(sound(Recording(SID, 180)))

        assert 2 * RATE == len(pieces[0])
        assert 10 < len(pieces) < 30


class TestMarks:
    @given(SIDS, st.sampled_from(Party), st.integers(0, 14_400))
    def test_is_read_as_it_was_written(self, sid, party, second):
        """As long as any call may be."""
        mark = Mark(sid[-8:], party, second)

        assert (LENGTH, mark) == (len(written(mark)), read(written(mark)))

    @given(
        SIDS, st.integers(0, LENGTH - 1), st.sampled_from("0123456789abcdefghijklmnopqrstuvwxyz")
    )
    def test_one_wrong_symbol_is_seen(self, sid, at, symbol):
        """The check says so, whichever it is."""
        right = written(Mark(sid[-8:], Party.TO, 77))
        wrong = right[:at] + symbol + right[at + 1 :]

        assert wrong == right or read(wrong) is None


class TestOtherFiles:
    @pytest.mark.parametrize(
        ("raw", "said"),
        [
            (b"", "is no mp3 that can be read"),
            (b"<html></html>", "is no mp3 that can be read"),
            (b"RIFF", "is no WAV file that can be read"),
            (b"RIFF\0\0\0\0WAVEfmt ", "is no WAV file that can be read"),
            (b"ID3" + bytes(50), "is no mp3 that can be read"),
        ],
        ids=["empty", "html", "half a head", "no data", "no frame"],
    )
    def test_are_told_what_they_are(self, raw, said):
        """One sentence, no traceback."""
        with pytest.raises(NotAudio, match=said):
            heard_in(raw)

    @given(st.binary(max_size=400))
    def test_never_cost_more_than_a_sentence(self, raw):
        """Any bytes, as WAV and as mp3."""
        head = next(as_wav(Recording(SID, 1)))
        for each in (raw, b"RIFF" + raw, head + raw):
            try:
                heard_in(each)
            except NotAudio as error:
                assert str(error)  # noqa: PT017

    def test_eight_bits_are_read(self):
        """As old telephone systems write them."""
        found = read_wav(b"".join(as_wav(Recording(SID, 2))))

        assert SID[-8:] == heard_in(_as_file(found, width=1)).sid


def _as_file(samples, width=2):
    """Samples as a WAV file, by another writer than exomock's."""
    data = interleaved(samples)
    if width == 1:
        data = bytes((each >> 8) + 128 for each in array("h", data))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((len(samples.channels), width, samples.rate, 0, "NONE", None))
        file.writeframes(data)
    return target.getvalue()


def test_the_page_prints_the_code_as_it_is():
    """docs/recordings.md: tones, their distance, the beep, the check, how long a mark is."""
    page = text_of("docs/recordings.md")
    for said in (
        f"**From {hertz(VOICES[Party.FROM]):g} Hz, To {hertz(VOICES[Party.TO]):g} Hz**",
        f"a beep of {hertz(BEEP):g} Hz, {BEEP_BLOCKS * BLOCK * 1000 // RATE} ms long",
        f"a tone of {hertz(LOWEST):g} Hz and *n* times {hertz(STEP):g} Hz more",
        f"a mark of {LENGTH} symbols",
        f"each {BLOCK * 1000 // RATE} ms long",
        ", ".join(map(str, marks._WEIGHTS)),
        f"{mp3.PLAIN_QUALITY} kbit/s a channel, {mp3.HIGH_QUALITY} with",
    ):
        assert said in page
