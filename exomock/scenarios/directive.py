"""A directive: a client chooses one call's fate in its CustomField."""

from functools import lru_cache
from typing import Any

from marshmallow import ValidationError

from exomock.domain.errors import DirectiveWrong
from exomock.domain.message import MessageScript
from exomock.domain.script import Script
from exomock.scenarios.fields import Keys
from exomock.scenarios.messages import MessageScriptSchema
from exomock.scenarios.rules import ScriptSchema
from exomock.scenarios.schema import flattened
from exomock.scenarios.source import Scalar

PREFIX = "exomock:"


@lru_cache(maxsize=1024)
def read_directive(custom_field: str | None) -> Script | None:
    """
    The script in a CustomField such as `exomock: leg1=answer:3s leg2=busy talk=10s`.

    Args:
        custom_field: As the client sent it.

    Returns:
        The script, or None if the field holds no directive.

    Raises:
        DirectiveWrong: It holds one that cannot be read.
    """
    if custom_field is None or not custom_field.startswith(PREFIX):
        return None
    script: Script = _read(custom_field, ScriptSchema(), "leg1=answer:3s leg2=busy talk=10s")
    return script


@lru_cache(maxsize=1024)
def read_message_directive(custom_field: str | None) -> MessageScript | None:
    """
    The script in the CustomField of a message, such as `exomock: outcome=dnd after=2s`.

    As `read_directive`, in the words of `messages`.
    """
    if custom_field is None or not custom_field.startswith(PREFIX):
        return None
    script: MessageScript = _read(custom_field, MessageScriptSchema(), "outcome=dnd after=2s")
    return script


def _read(custom_field: str, schema: Keys, example: str) -> Any:
    data: dict[str, object] = {}
    for word in custom_field.removeprefix(PREFIX).split():
        key, equals, value = word.partition("=")
        if not equals:
            raise DirectiveWrong(
                f"CustomField: the directive's '{word}' is not key=value; expected words such as "
                f"{example}"
            )
        if key in data:
            raise DirectiveWrong(f"CustomField: the directive gives '{key}' twice")
        data[key] = _value(key, value)
    try:
        return schema.load(data)
    except ValidationError as error:
        path, what = next(flattened(error.messages))
        raise DirectiveWrong(
            f"CustomField: directive: {'.'.join(map(str, path))}: {what}"
        ) from None


def _value(key: str, text: str) -> object:
    fate, colon, time = text.partition(":")
    return {Scalar(fate): Scalar(time)} if colon and key.startswith("leg") else Scalar(text)
