"""Expectations: what was sent, and how it differs, in sentences."""

import re
from datetime import datetime

import pytest

from exomock import connect
from exomock.ist import IST
from exomock.server import Exomock

TEN = datetime(2026, 3, 1, 10, tzinfo=IST)
HOOK = "http://127.0.0.1:9/x"


@pytest.fixture(scope="module")
def account():
    """Two calls that nobody answered, one with JSON callbacks, and one call that still runs."""
    with Exomock() as mock, connect(mock.url).account(now=TEN, collect=True) as account:
        account.connect("09000000002", StatusCallback=HOOK)
        account.connect(
            "09000000001",
            StatusCallback=HOOK,
            StatusCallbackContentType="application/json",
            StatusCallbackEvents=["terminal", "answered"],
        )
        account.advance("idle")
        account.connect("09000000002", StatusCallback=HOOK)
        yield account


class TestOfCallbacks:
    @pytest.mark.parametrize(
        "fields",
        [
            {"Status": "no-answer"},
            {"Status": re.compile("no-.*")},
            {"Status": "no-answer", "CallSid": ...},
            {"Status": "no-answer", "Nonsense": None},
        ],
    )
    def test_that_are_met_give_the_callback(self, account, fields):
        """Values are text, patterns, anything, or not there."""
        assert "no-answer" == account.callbacks.expect("terminal", **fields).fields["Status"]

    def test_of_json_lead_inwards(self, account):
        """A name in brackets is a path."""
        assert (
            account.callbacks.expect("terminal", **{"Legs[1][Status]": "busy"}).call
            == account.calls[1].sid
        )

    def test_of_several_give_a_list(self, account):
        """None of them is asked for by `count=0`."""
        assert 2 == len(account.callbacks.expect("terminal", count=2))
        assert [] == account.callbacks.expect("terminal", Status="completed", count=0)
        first = account.calls[0]
        assert first.sid == account.callbacks.expect("terminal", call=first).call

    def test_that_fail_say_what_was_sent_and_how_it_differs(self, account):
        """The nearest first."""
        with pytest.raises(AssertionError) as failure:
            account.callbacks.expect("terminal", call=account.calls[0], Status="busy")

        first = account.calls[0].sid
        assert [
            f"expected 1 callback terminal with Status='busy' of call {first}; of 1 callback none is so:",
            f"  10:00:34 terminal of call {first}: Status is 'no-answer', wanted 'busy'",
        ] == str(failure.value).splitlines()

    def test_that_fail_for_nothing_say_so(self, account):
        """A call that still runs has sent nothing."""
        with pytest.raises(AssertionError, match="there was no callback at all"):
            account.callbacks.expect("terminal", call=account.calls[2])

    def test_that_are_met_too_often_show_which(self, account):
        """Two where one was expected."""
        with pytest.raises(AssertionError, match="of 3 callbacks 2 are so:"):
            account.callbacks.expect("terminal")

    def test_of_what_is_no_call_are_refused(self, account):
        """A TypeError."""
        with pytest.raises(TypeError, match="no call"):
            account.callbacks.expect(call=7)


class TestOfRequests:
    def test_that_are_met_give_the_request(self, account):
        """The format's suffix and the slashes of a path are nobody's business."""
        sent = account.requests.expect("post", "/Calls/connect", To="09000000001")

        assert 200 == sent.status
        assert 2 == len(account.requests.expect(To="09000000002", count=2))

    def test_that_fail_say_what_was_sent_and_how_it_differs(self, account):
        """As of callbacks."""
        with pytest.raises(AssertionError) as failure:
            account.requests.expect("POST", "Calls/connect", To="09000000001", CallType="trans")

        lines = str(failure.value).splitlines()
        assert (
            "expected 1 request POST Calls/connect with To='09000000001', CallType='trans'; of 3 requests none is so:"
            == lines[0]
        )
        assert (
            "  10:00:00 POST Calls/connect → 200: CallType is missing, wanted 'trans'" == lines[1]
        )
