"""Audio files for flows to play, of any length."""

import io
import math
import wave
from array import array

import lameenc


def wav(seconds, rate=8000, *, width=2, channels=1):
    """A WAV file of silence."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(bytes(round(seconds * rate) * channels * width))
    return file.getvalue()


def mp3(seconds, rate=8000, kilobits=16, *, variable=False):
    """An mp3 of a tone, as LAME writes it without a header that says how long it is."""
    encoder = lameenc.Encoder()
    encoder.set_bit_rate(kilobits)
    encoder.set_in_sample_rate(rate)
    encoder.set_channels(1)
    encoder.set_quality(9)
    if variable:
        encoder.set_vbr(4)
        encoder.set_vbr_quality(5)
    encoder.silence()
    tone = array("h", [int(9000 * math.sin(each / 5)) for each in range(int(seconds * rate))])
    return bytes(encoder.encode(tone.tobytes()) + encoder.flush())
