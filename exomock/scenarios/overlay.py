"""An overlay: how the callbacks of calls misbehave, whatever decides the calls."""

from typing import Any

from marshmallow import ValidationError, fields, post_load

from exomock.domain.overlay import Overlay
from exomock.domain.twist import STRAIGHT
from exomock.domain.when import When
from exomock.field import Whole
from exomock.scenarios.fields import Keys, Text
from exomock.scenarios.rules import CallbacksSchema, WhenSchema


class OverlaySchema(Keys):
    """Misbehaviour of callbacks, and the calls over whose own it is laid."""

    name = Text(load_default="")
    when = fields.Nested(WhenSchema, load_default=When())
    callbacks = fields.Nested(CallbacksSchema, required=True)
    times = Whole(1, 1_000_000_000, load_default=None)

    @post_load
    def _load(self, data: dict[str, Any], **_: object) -> Overlay:
        if data["callbacks"] == STRAIGHT:
            raise ValidationError("says nothing; expected words such as drop: true", "callbacks")
        place = f"twist {data['name']}".strip()
        return Overlay(place, data["callbacks"], data["when"], data["times"])
