"""Twists laid over the callbacks of calls while a test runs: docs/control-api.md."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.domain.twist import STRAIGHT, Twist, Twists

HOOK = {"StatusCallback": "http://127.0.0.1:9/hook", "StatusCallbackEvents": "terminal"}


@pytest.fixture
def account(control):
    """An account that records callbacks, whose rule sends each twice."""
    rules = "rules: [{name: ordinary, callbacks: {repeat: 2}}]"
    return control.account(scenario=rules, collect=True)


def lay(account, **words):
    return account.post("twists", words, 201)


def told(account, **fields):
    """The states of the callbacks of a call that is placed now and played to its end."""
    sid = account.connect(**HOOK, **fields)
    account.advance(300)
    return [each["state"] for each in account.get("callbacks", call=sid)["callbacks"]]


class TestATwist:
    def test_strikes_calls_that_are_placed_from_then_on(self, account):
        """The call before it keeps its callbacks; the answer's why names the twist."""
        before = account.connect(**HOOK)
        laid = lay(account, name="Lost", callbacks={"drop": True})
        assert ("1", "twist Lost", 0) == (laid["id"], laid["by"], laid["struck"])
        assert ["dropped"] == told(account)
        assert ["collected"] * 2 == [
            each["state"] for each in account.get("callbacks", call=before)["callbacks"]
        ]
        why = account.try_connect(**HOOK).headers["X-Exomock-Why"]
        assert "scenario:1 ordinary; twist Lost" == why
        assert 2 == account.get("twists")["twists"][0]["struck"]

    def test_strikes_so_many_calls_and_every_nth(self, account):
        """Of six calls the second and the fourth; then it is spent."""
        lay(account, callbacks={"drop": True}, when={"every_nth": 2}, times=2)
        dropped = [told(account) == ["dropped"] for _ in range(6)]
        assert [False, True, False, True, False, False] == dropped
        assert account.get("twists")["twists"][0]["spent"]

    def test_strikes_only_the_calls_that_its_when_names(self, account):
        """In the words of a rule."""
        lay(account, callbacks={"drop": True}, when={"to": "0981*"})
        assert ["collected"] * 2 == told(account)
        assert ["dropped"] == told(account, To="09811100009")

    def test_holds_whoever_decides_the_call(self, account):
        """A magic number, `next`, a directive, and somebody who calls."""
        lay(account, callbacks={"drop": True})
        assert ["dropped"] == told(account, CustomField="exomock: talk=3s")
        account.post("next", {"leg2": "busy"}, 201)
        assert ["dropped"] == told(account)
        caller = {"from": "09811100001", "exophone": "08047112233", "leg2": "busy"}
        hook = {"status_callback": HOOK["StatusCallback"], "status_callback_events": ["terminal"]}
        sid = account.post("calls", caller | hook, 201)["sid"]
        account.advance(300)
        assert ["dropped"] == [
            each["state"] for each in account.get("callbacks", call=sid)["callbacks"]
        ]

    def test_is_lifted_by_its_id_or_with_all_others(self, account):
        """What is lifted is gone from the list."""
        for _ in range(3):
            lay(account, callbacks={"drop": True})
        account.control.delete(f"accounts/{account.sid}/twists/2")
        assert ["3", "1"] == [each["id"] for each in account.get("twists")["twists"]]
        account.control.delete(f"accounts/{account.sid}/twists")
        assert ["collected"] * 2 == told(account)

    def test_goes_with_a_reset_and_stays_where_a_scenario_is_put(self, account):
        """As a fault does."""
        lay(account, callbacks={"drop": True})
        account.put("scenario", {"rules": [{"talk": "5s"}]})
        assert ["dropped"] == told(account)
        account.post("reset")
        assert [] == account.get("twists")["twists"]
        assert "1" == lay(account, callbacks={"drop": True})["id"]

    def test_has_counted_in_a_restored_world_what_it_had_in_the_snapshot(self, account):
        """So that a test that begins from a snapshot meets the same each time."""
        lay(account, callbacks={"drop": True}, times=1)
        key = account.post("snapshots", None, 201)["id"]
        first = [told(account), told(account)]
        account.post(f"snapshots/{key}/restore")
        assert [["dropped"], ["collected"] * 2] == first == [told(account), told(account)]

    def test_leaves_a_call_that_never_ends_its_end(self, account):
        """It can neither be over before the answer nor tell its end first."""
        account.put("scenario", {"rules": [{"stuck": True}]})
        lay(account, callbacks={"before_answer": True, "swap": True})
        sid = account.connect(**HOOK)
        account.advance(3600)
        assert "in-progress" == account.status(sid)


class TestAWrongTwist:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({}, "callbacks: is missing"),
            ({"callbacks": {}}, "callbacks: says nothing"),
            ({"callbacks": {"dely": "3s"}}, "did you mean 'delay'?"),
            ({"callbacks": {"drop": True}, "times": 0}, "times:"),
            ({"callback": {"drop": True}}, "did you mean 'callbacks'?"),
        ],
    )
    def test_says_what_was_expected(self, account, body, said):
        """And nothing is laid down."""
        assert said in account.post("twists", body, 400)["detail"]
        assert [] == account.get("twists")["twists"]

    def test_an_unknown_one_is_named_with_those_there_are(self, account):
        """404."""
        lay(account, callbacks={"drop": True})
        problem = account.control.delete(f"accounts/{account.sid}/twists/7", 404)
        assert ("there is no twist '7'", ["1"]) == (problem["detail"], problem["twists"])


TWIST = st.builds(
    Twist,
    drop=st.booleans(),
    repeat=st.integers(1, 4),
    content_type=st.none() | st.just("text/plain"),
    without=st.sampled_from([(), ("To",), ("From", "Status")]),
    status=st.none() | st.sampled_from(["done", "odd"]),
)
TWISTS = st.builds(
    Twists, answered=TWIST, terminal=TWIST, swap=st.booleans(), before_answer=st.booleans()
)


class TestTwistsOverTwists:
    @settings(deadline=None)
    @given(TWISTS, TWISTS, TWISTS)
    def test_are_one_twist(self, one, two, three):
        """Nothing beside it changes nothing, and the order of laying is the order of words."""
        assert one == one.over(STRAIGHT) == STRAIGHT.over(one) == one.over(one)
        assert one.over(two).over(three) == one.over(two.over(three))
