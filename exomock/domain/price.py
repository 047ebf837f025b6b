"""The price of a call: started pulses of conversation."""

from dataclasses import dataclass

from exomock.domain.clock import SECOND


@dataclass(frozen=True, slots=True)
class Price:
    """
    A tariff.

    Args:
        per: Length of a pulse, microseconds, above 0.
        amount: Price of a pulse in thousandths of the currency, 0 or more.
    """

    per: int
    amount: int

    def of(self, conversation: int) -> int:
        """
        The price of `conversation` seconds, in thousandths.

        Source: exotel-v1.md section 3: started pulses x amount, `0.000` when nobody talked.
        """
        return -(-conversation * SECOND // self.per) * self.amount


# UNVERIFIED: tariffs are a matter of contract (the documentation's samples show 1.500 and 0.750);
# an account's own bill would settle it.
DEFAULT_PRICE = Price(per=30 * SECOND, amount=250)
