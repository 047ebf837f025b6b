"""`recording`: how the recording of a call misbehaves, and the user's own audio in its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from marshmallow import post_load

from exomock.domain.recording_twist import RecordingTwist
from exomock.domain.script import Script
from exomock.field import Whole
from exomock.recording.audio import check_file
from exomock.recording.wav import NotAudio
from exomock.scenarios.fields import BytesPerSecond, Flag, Keys, Share, Text
from exomock.scenarios.files import File
from exomock.scenarios.source import Mistake, ReadFile, ScenarioError
from exomock.scenarios.source import Path as Place
from exomock.scenarios.times import Time

_NO_FOLDER = (
    "a scenario that did not come from a file has no folder in which audio could lie; name a file "
    "of the server's: exomock serve --scenario, or Exomock(Path(...))"
)


class RecordingSchema(Keys):
    """How the recording of a call misbehaves; whether there is one, `record` and Record say."""

    after = Time()
    missing = Flag()
    truncated = Share()
    status = Whole(400, 599)
    slow = BytesPerSecond()
    file = Text()

    @post_load
    def _twist(self, data: dict[str, Any], **_: object) -> RecordingTwist:
        return RecordingTwist(**data)


def placed(
    data: dict[str, Any], source: ReadFile, file: File | None
) -> tuple[dict[str, Any], list[Mistake]]:
    """
    The data of a scenario, with the audio files of its rules where they lie; and what is wrong.

    Args:
        data: What was read of the source; its rules may be wrong, and missing then.
        source: Where it stands.
        file: The scenario's file, beside which its audio lies; None where it came from nowhere.
    """
    mistakes: list[Mistake] = []

    def at_home(script: Script, place: Place) -> Script:
        if not script.recording.file:
            return script
        try:
            path = _beside(script.recording.file, file)
        except ValueError as error:
            # The words of a rule hold for its attempts: told once, where they stand.
            if place in source.lines:
                mistakes.append(source.mistake(place, str(error)))
            return script
        return replace(script, recording=replace(script.recording, file=str(path)))

    rules = []
    for index, (name, when, script, attempts) in enumerate(data.get("rules", ())):
        here = ("rules", index)
        tries = enumerate(attempts)
        rules.append(
            (
                name,
                when,
                at_home(script, (*here, *_WORD)),
                tuple(at_home(each, (*here, "attempts", i, *_WORD)) for i, each in tries),
            )
        )
    return (data | {"rules": rules} if rules else data), mistakes


_WORD = ("recording", "file")


def no_files(script: Script, source: ReadFile) -> Script:
    """
    A script that a client sent.

    Raises:
        ScenarioError: It names an audio file: a server opens none for a client.
    """
    if script.recording.file:
        raise ScenarioError([source.mistake(_WORD, _NO_FOLDER)])
    return script


def _beside(wanted: str, file: File | None) -> Path:
    if file is None:
        raise ValueError(_NO_FOLDER)
    path = file.beside(wanted).path
    try:
        check_file(path)
    except NotAudio as error:
        raise ValueError(f"'{wanted}' {error}") from None
    return path
