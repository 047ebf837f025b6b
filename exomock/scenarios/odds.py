"""Chances that decide a call beside its times: who hangs up, the recording, the price."""

from typing import Any, NamedTuple

from marshmallow import ValidationError, post_load

from exomock.domain.price import Price
from exomock.domain.script import Odds, Party
from exomock.field import Field, Json
from exomock.scenarios.fields import (
    Flag,
    Keys,
    Money,
    Share,
    each_item,
    read_money,
    read_share,
    read_word,
    word_schema,
)
from exomock.scenarios.manner import scalar
from exomock.scenarios.source import Scalar
from exomock.scenarios.times import OneTime

_PARTIES = [party.value for party in Party]
# In a flow the caller is on From's side, and the agents are on To's. Source: exotel-flows.md 8.
_IN_FLOWS = {"caller": Party.FROM.value, "agent": Party.TO.value}
_HANG_UP = [*_PARTIES, *_IN_FLOWS]


class HangUp(Field[Party | float]):
    """Who hangs up: a party, or both with their shares; becomes To's share then."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Party | float:
        if not isinstance(value, dict):
            return Party(_party(read_word(value, _HANG_UP)))
        read = dict(each_item(value, read_share))
        shares = {_party(read_word(Scalar(word), _HANG_UP)): read[word] for word in read}
        if len(shares) < len(read):
            raise ValidationError("holds a party twice: caller is from, and agent is to")
        if abs(sum(shares.values()) - 1) > 1e-9:  # noqa: PLR2004
            raise ValidationError(f"adds up to {sum(shares.values()):.4%}, expected 100%")
        return shares.get(Party.TO.value, 0.0)

    def describe(self) -> Json:
        """As JSON Schema."""
        shares = {
            "type": "object",
            "properties": dict.fromkeys(_HANG_UP, Share().describe()),
            "additionalProperties": False,
            "minProperties": 1,
        }
        return {"anyOf": [word_schema(_HANG_UP), shares]}


def _party(word: str) -> str:
    return _IN_FLOWS.get(word, word)


class Recorded(Flag):
    """Whether a call is recorded: true, false, or a share of the calls."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = scalar(value, "true, false or a share such as 40%")
        if text.endswith("%"):
            return read_share(text)
        if text.lower() not in ("true", "false"):
            raise ValidationError(f"found '{text}', expected true, false or a share such as 40%")
        return super()._deserialize(value, *args, **kwargs)

    def describe(self) -> Json:
        """As JSON Schema."""
        return {"anyOf": [super().describe(), Share().describe()]}


class Amount(Field[tuple[int, int]]):
    """An amount, or a range of amounts; becomes thousandths, the least and the most."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, int]:
        text = scalar(value, "an amount such as 0.15, or a range such as 0.10..0.30")
        low, dots, high = text.partition("..")
        found = read_money(low), read_money(high if dots else low)
        if found[0] > found[1]:
            raise ValidationError(f"found '{text}', expected the smaller amount first")
        return found

    def describe(self) -> Json:
        """As JSON Schema."""
        one = r"[0-9]{1,9}(\.[0-9]{1,3})?"
        ranged = {"type": "string", "pattern": rf"^{one}(\.\.{one})?$"}
        return {"anyOf": [Money().describe(), ranged]}


class Tariff(NamedTuple):
    """Length of a pulse (microseconds), and the least and the most it costs (thousandths)."""

    per: int
    amount: tuple[int, int]


class PriceSchema(Keys):
    """`price`: what a started pulse of conversation costs."""

    per = OneTime(required=True)
    amount = Amount(required=True)

    @post_load
    def _price(self, data: dict[str, Any], **_: object) -> Tariff:
        return Tariff(**data)


def part_odds(data: dict[str, Any]) -> None:
    """Put what chance decides of a script under `odds`, and the rest where the script holds it."""
    odds: dict[str, Any] = {}
    if isinstance(data.get("hangup_by"), float):
        odds["to_hangs_up"] = data.pop("hangup_by")
    if isinstance(data.get("record"), float):
        odds["recorded"] = data.pop("record")
    if "price" in data:
        per, (low, high) = data["price"]
        data["price"] = Price(per, low)
        if low < high:
            odds["amount"] = (low, high)
    if odds:
        data["odds"] = Odds(**odds)
