"""Snapshots: a world kept and brought back."""

import pytest


@pytest.fixture
def account(control):
    return control.account()


class TestASnapshot:
    def test_brings_back_calls_callbacks_and_time(self, account, receiver):
        sid = account.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
        account.advance(5)
        before = account.get("calls"), account.get("callbacks"), account.get("clock")
        kept = account.post("snapshots", None, 201)["id"]
        account.connect()
        account.put("scenario", {"rules": [{"leg1": "busy"}]})
        account.idle()
        account.post(f"snapshots/{kept}/restore")

        assert before == (account.get("calls"), account.get("callbacks"), account.get("clock"))
        assert "in-progress" == account.status(sid)

    def test_goes_on_from_where_it_was(self, account, receiver):
        """Both lives of the call end alike; what was sent before is not sent again."""
        sid = account.connect(StatusCallback=receiver.url, StatusCallbackEvents="terminal,answered")
        account.advance(5)
        kept = account.post("snapshots", None, 201)["id"]
        account.idle()
        once = account.get(f"calls/{sid}")
        account.post(f"snapshots/{kept}/restore")
        account.idle()

        assert once == account.get(f"calls/{sid}")
        assert ["answered", *["answered", "terminal"] * 2] == [
            e.form["EventType"] for e in receiver.got
        ]

    def test_can_be_restored_after_a_reset_and_more_than_once(self, account):
        sid = account.connect()
        kept = account.post("snapshots", None, 201)["id"]
        for _ in range(2):
            account.post("reset")
            account.post(f"snapshots/{kept}/restore")
            assert "in-progress" == account.status(sid)

    def test_lets_the_same_future_happen_again(self, account):
        kept = account.post("snapshots", None, 201)["id"]
        first = account.connect()
        account.post(f"snapshots/{kept}/restore")

        assert first == account.connect()

    def test_is_listed_and_an_unknown_one_is_a_404(self, control, account):
        kept = account.post("snapshots", None, 201)["id"]
        other = control.account("t2")

        assert {"snapshots": [{"id": kept}]} == account.get("snapshots")
        assert [kept] == account.post("snapshots/x/restore", None, 404)["snapshots"]
        other.post(f"snapshots/{kept}/restore", None, 404)

    def test_ends_at_the_bound(self, controlled):
        account = controlled(max_snapshots=1).account()
        account.post("snapshots", None, 201)
        assert "max-snapshots" in account.post("snapshots", None, 503)["detail"]

    def test_goes_with_its_account(self, control, account):
        kept = account.post("snapshots", None, 201)["id"]
        control.delete(f"accounts/{account.sid}")
        control.account().post(f"snapshots/{kept}/restore", None, 404)
