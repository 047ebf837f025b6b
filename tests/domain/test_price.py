"""What a conversation costs: exotel-v1.md section 3."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.clock import SECOND
from exomock.domain.price import DEFAULT_PRICE, Price

law = settings(deadline=None, max_examples=50)
prices = st.builds(Price, st.integers(1, 3600 * SECOND), st.integers(0, 10**9))
conversations = st.integers(0, 14_400)


@pytest.mark.parametrize(
    ("per", "amount", "conversation", "cost"),
    [
        pytest.param(30, 250, 0, 0, id="nobody talked"),
        pytest.param(30, 250, 1, 250, id="one second starts a pulse"),
        pytest.param(30, 250, 30, 250, id="a whole pulse is one"),
        pytest.param(30, 250, 31, 500, id="a second more starts the next"),
        pytest.param(15, 150, 61, 750, id="five started pulses of 15 s"),
        pytest.param(60, 0, 600, 0, id="free of charge"),
        pytest.param(0.5, 1, 2, 4, id="pulses of half a second"),
    ],
)
def test_started_pulses_are_paid(per, amount, conversation, cost):
    """Thousandths of the currency for seconds of conversation."""
    assert cost == Price(round(per * SECOND), amount).of(conversation)


def test_the_default_is_a_quarter_for_each_half_minute():
    """0.250 for every started 30 s, as docs/scenarios.md says."""
    assert Price(30 * SECOND, 250) == DEFAULT_PRICE


@law
@given(prices, conversations)
def test_the_pulses_paid_cover_the_conversation_and_none_is_too_many(price, conversation):
    """amount x n, where n pulses are long enough and n - 1 are not."""
    if price.amount == 0:
        assert 0 == price.of(conversation)
        return
    pulses, rest = divmod(price.of(conversation), price.amount)

    assert 0 == rest
    assert (pulses - 1) * price.per < conversation * SECOND <= pulses * price.per


@law
@given(prices, conversations, conversations)
def test_a_longer_conversation_never_costs_less(price, one, other):
    """The price is monotone."""
    shorter, longer = sorted((one, other))

    assert price.of(shorter) <= price.of(longer)
