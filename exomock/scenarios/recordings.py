"""`recording`: how the recording of a call misbehaves, and the user's own audio in its place."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from marshmallow import post_load

from exomock.domain.recording_twist import RecordingTwist
from exomock.domain.script import Script
from exomock.domain.when import When
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
    if "rules" not in data:
        return data, []
    home = _Home(source, file)
    rules = [home.rule(("rules", index), each) for index, each in enumerate(data["rules"])]
    return data | {"rules": rules}, home.mistakes


_WORD = ("recording", "file")

_Rule = tuple[str, When, Script, tuple[Script, ...]]


class _Home:
    """Finds the audio files of a scenario, and notes what is wrong with each."""

    def __init__(self, source: ReadFile, file: File | None) -> None:
        self.mistakes: list[Mistake] = []
        self._source, self._file = source, file

    def rule(self, place: Place, rule: _Rule) -> _Rule:
        """The same rule, its audio and that of its attempts found."""
        name, when, script, attempts = rule
        tries = tuple(
            self._script((*place, "attempts", index, *_WORD), each)
            for index, each in enumerate(attempts)
        )
        return name, when, self._script((*place, *_WORD), script), tries

    def _script(self, place: Place, script: Script) -> Script:
        if not script.recording.file:
            return script
        try:
            path = _beside(script.recording.file, self._file)
        except ValueError as error:
            # The words of a rule hold for its attempts too: they are told once, where they stand.
            if place in self._source.lines:
                self.mistakes.append(self._source.mistake(place, str(error)))
            return script
        return replace(script, recording=replace(script.recording, file=str(path)))


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
