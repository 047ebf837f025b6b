"""`exomock recording read FILE`: what a worker stored, said from the audio alone."""

import json
import subprocess
import sys

import pytest

from exomock.domain.recording import Recording
from exomock.recording.audio import audio_of
from exomock.recording.wav import as_wav
from recordings.conftest import tone

SID = "a1b2c3d4e5f60718293a4b5c6d7e1a4f"


def run(*arguments):
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "exomock", "recording", "read", *map(str, arguments)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


class TestWhatItSays:
    def test_of_an_mp3(self, tmp_path):
        """Which call, which seconds, how long, and who speaks on which channel."""
        file = tmp_path / "call.mp3"
        file.write_bytes(b"".join(audio_of(Recording(SID, 3, dual=True)).make()))
        done = run(file)

        assert (0, "") == (done.returncode, done.stderr)
        assert [
            "call      …6d7e1a4f",
            "seconds   0 to 2",
            "length    3.168 s",
            "channel 1 from",
            "channel 2 to",
        ] == done.stdout.splitlines()

    def test_of_a_wav_as_json(self, tmp_path):
        """For a program."""
        file = tmp_path / "call.wav"
        file.write_bytes(b"".join(as_wav(Recording(SID, 2))))

        assert {
            "sid_ends_with": "6d7e1a4f",
            "length": 2.0,
            "first_second": 0,
            "last_second": 1,
            "channels": [["from", "to"]],
            "marks": 4,
        } == json.loads(run(file, "--json").stdout)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (tone(2), "no code of exomock's can be heard in it"),
        (b"<html>Unauthorized</html>", "is no mp3 that can be read"),
        (b"", "is no mp3 that can be read"),
    ],
    ids=["another sound", "a page", "nothing"],
)
def test_what_is_none_is_one_line_and_status_1(tmp_path, raw, said):
    """A worker may have stored the page of an error."""
    file = tmp_path / "call.mp3"
    file.write_bytes(raw)
    done = run(file)

    assert (1, "", 1) == (done.returncode, done.stdout, len(done.stderr.splitlines()))
    assert f"{file}" in done.stderr
    assert said in done.stderr


def test_a_file_that_is_not_there_is_status_2(tmp_path):
    """As anywhere on the command line."""
    done = run(tmp_path / "no.mp3")

    assert (2, True) == (done.returncode, "does not exist" in done.stderr)
