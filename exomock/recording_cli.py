"""The command line of `exomock recording`: what a recording says of itself."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from exomock.plain import plain
from exomock.recording.audio import heard_in
from exomock.recording.hearing import HeardRecording
from exomock.recording.wav import NotAudio

_NOTHING = (
    "no code of exomock's can be heard in it: it is another recording, shorter than half a second, "
    "or damaged (docs/recordings.md says what there should be)"
)


@click.group()
def recording() -> None:
    """Recordings that were downloaded from exomock."""


@recording.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="As a JSON object.")
def read(file: Path, *, as_json: bool) -> None:
    """
    Say from the audio alone which call, which seconds and whom a FILE (WAV, mp3) holds.

    The status is 1 where that cannot be heard.
    """
    try:
        heard = heard_in(file.read_bytes())
    except OSError as error:
        raise click.ClickException(f"{plain(str(file))} cannot be read: {error.strerror}") from None
    except NotAudio as error:
        raise click.ClickException(f"{plain(str(file))} {error}") from None
    if heard is None:
        raise click.ClickException(f"{plain(str(file))}: {_NOTHING}")
    click.echo(_as_json(heard) if as_json else "\n".join(_lines(heard)))


def _as_json(heard: HeardRecording) -> str:
    return json.dumps(
        {
            "sid_ends_with": heard.sid,
            "length": round(heard.seconds, 3),
            "first_second": heard.first,
            "last_second": heard.last,
            "channels": [[str(party) for party in channel] for channel in heard.channels],
            "marks": heard.marks,
        }
    )


def _lines(heard: HeardRecording) -> Iterator[str]:
    yield f"call      …{heard.sid}"
    yield f"seconds   {heard.first} to {heard.last}"
    yield f"length    {heard.seconds:.3f} s"
    for number, parties in enumerate(heard.channels, 1):
        yield f"channel {number} {' and '.join(map(str, parties)) or 'nobody'}"
