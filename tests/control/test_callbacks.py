"""Callbacks over HTTP: as they were sent, what came of them, again, and how far they may go."""

import threading

import pytest

from conftest import Receiver

BOTH = {"StatusCallbackEvents": "terminal,answered"}
FAR = "http://93.184.216.34/hook"
"""An address that is nobody's on this network, and is never connected to."""


@pytest.fixture
def account(control):
    return control.account()


class TestACallback:
    @pytest.mark.parametrize("kind", ["multipart/form-data", "application/json"])
    def test_is_shown_as_the_receiver_got_it(self, account, receiver, kind):
        """URL, headers and body, byte for byte."""
        account.connect(StatusCallback=f"{receiver.url}?secret=1", StatusCallbackContentType=kind)
        account.idle()
        (shown,), (got,) = account.get("callbacks")["callbacks"], receiver.got

        assert f"{receiver.url}?secret=1" == shown["url"]
        assert got.headers == shown["headers"]
        assert got.raw.decode() == shown["body"]
        assert ["CallSid", "DateUpdated", "Status", "RecordingUrl"] == list(shown["fields"])

    def test_shows_each_try(self, account, receiver):
        receiver.answer = lambda _: 500 if len(receiver.got) < 3 else 204
        account.connect(StatusCallback=receiver.url)
        account.idle()
        (shown,) = account.get("callbacks")["callbacks"]

        assert "delivered" == shown["state"]
        assert [(1, 500, None), (2, 500, None), (3, 204, None)] == [
            (each["number"], each["status"], each["error"]) for each in shown["attempts"]
        ]
        assert all(each["milliseconds"] > 0 for each in shown["attempts"])

    def test_is_found_by_call_and_event(self, account, receiver):
        first = account.connect(StatusCallback=receiver.url, **BOTH)
        second = account.connect(StatusCallback=receiver.url)
        account.idle()

        def found(**query):
            return [
                (each["call"], each["event"])
                for each in account.get("callbacks", **query)["callbacks"]
            ]

        assert [(first, "answered"), (first, "answered"), (first, "terminal")] == found(call=first)
        assert {(first, "terminal"), (second, "terminal")} == set(found(event="terminal"))
        assert "event" in account.get("callbacks", 400, event="ringing")["detail"]

    def test_can_be_sent_again(self, account, receiver):
        account.connect(StatusCallback=receiver.url)
        account.idle()
        (before,) = account.get("callbacks")["callbacks"]
        again = account.post(f"callbacks/{before['id']}/replay")

        assert 2 == len(again["attempts"])
        first, second = receiver.got
        assert first.raw == second.raw
        receiver.answer = lambda _: 500
        assert "failed" == account.post(f"callbacks/{before['id']}/replay")["state"]
        assert account.get("wait", idle="true")["idle"]

    @pytest.mark.parametrize("number", ["999", "x", "1.5"])
    def test_that_is_unknown_is_a_404(self, account, number):
        account.post(f"callbacks/{number}/replay", None, 404)


class TestCollecting:
    def test_records_instead_of_sending(self, control, receiver):
        """No receiver is needed; retries are not due either."""
        account = control.account(collect=True)
        account.connect(StatusCallback=receiver.url, **BOTH)
        went = account.idle()

        assert [] == receiver.got
        assert ["collected"] * 3 == [
            each["state"] for each in account.get("callbacks")["callbacks"]
        ]
        assert went["idle"]
        assert "completed" == account.get("callbacks")["callbacks"][-1]["fields"]["Status"]


class TestHowFarTheyGo:
    def test_is_not_to_a_public_address(self, account):
        """Nothing is sent, the reason is recorded, and no retry could go better."""
        account.connect(StatusCallback=FAR)
        account.idle()
        (shown,) = account.get("callbacks")["callbacks"]

        assert "refused" == shown["state"]
        (attempt,) = shown["attempts"]
        assert attempt["error"] == (
            "93.184.216.34 is 93.184.216.34, no loopback or private address; "
            "--allow-callbacks-to 93.184.216.34 would let callbacks go there"
        )

    def test_follows_an_alias(self, controlled, receiver):
        account = controlled(host_alias=(("my-laptop", "127.0.0.1"),)).account()
        account.connect(StatusCallback=receiver.url.replace("127.0.0.1", "my-laptop"))
        account.idle()

        assert 1 == len(receiver.got)
        assert receiver.url == account.get("callbacks")["callbacks"][0]["url"]


class TestAReceiverThatHangs:
    def test_delays_no_transition_no_other_accounts_callback_and_no_answer(self, controlled):
        """On running clocks, with more callbacks than an account may have on the wire."""
        control = controlled(callback_threads=4)
        clock = {"now": "2026-03-01T12:00:00+05:30", "rate": 600}
        hung, well, go = Receiver(), Receiver(), threading.Event()
        hung.answer = lambda _: 200 if go.wait(20) else 500
        try:
            one, other = (control.account(sid, clock=clock) for sid in ("one", "other"))
            sids = [one.connect(To=f"0982220000{n}", StatusCallback=hung.url) for n in range(6)]
            hung.wait_for(2)
            told = other.connect(StatusCallback=well.url)

            assert told == well.wait_for(1)[0].form["CallSid"]
            for sid in sids:
                one.get("wait", call=sid, status="completed")
                assert "completed" == one.status(sid)
            assert len(hung.got) == 2
        finally:
            go.set()
            one.get("wait", idle="true")
            hung.close()
            well.close()
