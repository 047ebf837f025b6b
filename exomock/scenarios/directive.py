"""A directive: a client chooses one call's fate in its CustomField."""

from functools import lru_cache

from marshmallow import ValidationError

from exomock.domain.errors import DirectiveWrong
from exomock.domain.script import Script
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
    data: dict[str, object] = {}
    for word in custom_field.removeprefix(PREFIX).split():
        key, equals, value = word.partition("=")
        if not equals:
            raise DirectiveWrong(
                f"CustomField: the directive's '{word}' is not key=value; expected words such as "
                "leg1=answer:3s leg2=busy talk=10s"
            )
        if key in data:
            raise DirectiveWrong(f"CustomField: the directive gives '{key}' twice")
        data[key] = _value(key, value)
    try:
        script: Script = ScriptSchema().load(data)
    except ValidationError as error:
        path, what = next(flattened(error.messages))
        raise DirectiveWrong(
            f"CustomField: directive: {'.'.join(map(str, path))}: {what}"
        ) from None
    return script


def _value(key: str, text: str) -> object:
    fate, colon, time = text.partition(":")
    return {Scalar(fate): Scalar(time)} if colon and key.startswith("leg") else Scalar(text)
