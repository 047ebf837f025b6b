"""People at the telephones, by the control API."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

CALLER = {"from": "09900000001", "exophone": "08047112233"}


@pytest.fixture
def account(control):
    return control.account(people=True)


def states(call):
    """What each leg has come to."""
    return [each["state"] for each in call["legs"]]


def does(account, sid, who, what, status=200):
    """A person does something with a telephone."""
    return account.post(f"calls/{sid}/phone", {"who": who, "does": what}, status)


class TestACall:
    def test_is_played_by_people_from_its_first_ring_to_its_end(self, account):
        """Both answer, talk as long as they like, and one hangs up."""
        sid = account.connect()
        account.advance(3)
        assert ["talking", "ringing"] == states(does(account, sid, "from", "answer"))
        account.advance(5)
        assert ["talking", "talking"] == states(does(account, sid, "to", "answer"))
        account.advance(600)
        ended = does(account, sid, "to", "hangup")
        assert ("completed", ["completed", "completed"]) == (ended["status"], states(ended))
        call = account.v1("GET", f"Calls/{sid}.json").json()["Call"]
        assert "608" == str(call["Duration"])

    def test_rings_out_where_nobody_decides(self, account):
        """An advance decides nothing: past TimeOut it is no answer, and idle is soon reached."""
        sid = account.connect(TimeOut=10)
        account.advance(9)
        assert ["ringing", "idle"] == states(account.get(f"calls/{sid}"))
        account.idle()
        assert "no-answer" == account.status(sid)

    @pytest.mark.parametrize(
        ("who", "what", "where"),
        [("to", "answer", "leg 2 is idle"), ("from", "hangup", "it can do answer or reject")],
    )
    def test_refuses_what_a_telephone_cannot_do_now(self, account, who, what, where):
        """A 409 that says where the call is; nothing changes."""
        sid = account.connect()
        before = account.get(f"calls/{sid}")
        assert where in does(account, sid, who, what, 409)["detail"]
        assert before == account.get(f"calls/{sid}")

    def test_that_has_ended_says_so(self, account):
        """In the same words as a hang-up."""
        sid = account.connect()
        does(account, sid, "from", "reject")
        assert "has ended: nothing" in does(account, sid, "from", "answer", 409)["detail"]

    def test_names_what_is_wrong_with_a_request(self, account):
        """The field, and the words that it may hold."""
        sid = account.connect()
        wrong = account.post(f"calls/{sid}/phone", {"who": "from", "does": "pick up"}, 400)
        assert (
            "does: 'pick up' is not valid; expected answer or reject or no_answer or hangup"
            == wrong["detail"]
        )
        assert "who: " in account.post(f"calls/{sid}/phone", {"does": "answer"}, 400)["detail"]

    def test_is_answered_by_one_of_those_who_try_at_once(self, account):
        """The others are told that the telephone talks."""
        sid = account.connect()
        url = f"{account.control.url}/_exomock/accounts/{account.sid}/calls/{sid}/phone"
        asked = {"who": "from", "does": "answer"}
        with ThreadPoolExecutor(8) as several:
            answers = list(
                several.map(lambda _: requests.post(url, json=asked, timeout=30), range(8))
            )
        assert [200, *[409] * 7] == sorted(each.status_code for each in answers)
        refused = {each.json()["detail"] for each in answers if each.status_code == 409}
        assert all("leg 1 is talking" in each for each in refused)

    def test_that_comes_in_rings_at_a_person(self, account):
        """The caller has dialled: it can only hang up."""
        sid = account.post("calls", CALLER, 201)["sid"]
        assert ["talking", "ringing"] == states(account.get(f"calls/{sid}"))
        assert "it can do hangup" in does(account, sid, "from", "answer", 409)["detail"]
        assert ["talking", "talking"] == states(does(account, sid, "to", "answer"))

    def test_stands_in_the_news(self, account):
        """Who did what."""
        sid = account.connect()
        does(account, sid, "from", "no_answer")
        (item,) = [
            each for each in account.get("news")["news"]
            if each["data"].get("did") == "decided"
        ]  # fmt: skip
        assert (sid, "from", "no_answer") == (
            item["subject"], item["data"]["who"], item["data"]["does"],
        )  # fmt: skip


class TestAPersonIsAskedFor:
    def test_by_a_rule(self, control):
        """`person` is a word for a leg."""
        account = control.account(scenario="rules: [{leg1: {answer: 1s}, leg2: person}]")
        sid = account.connect()
        account.advance(2)
        assert ["talking", "talking"] == states(does(account, sid, "to", "answer"))

    def test_by_next(self, control):
        """For so many calls."""
        account = control.account()
        account.post("next", {"leg1": "person"}, 201)
        sid = account.connect()
        account.advance(29)
        assert ["ringing", "idle"] == states(account.get(f"calls/{sid}"))

    def test_by_a_directive(self, control):
        """With a time the ringing ends sooner, as that of no_answer does."""
        account = control.account()
        sid = account.connect(CustomField="exomock: leg1=person:5s")
        account.advance(5)
        assert "no-answer" == account.status(sid)

    def test_in_a_flow_for_one_agent(self, control):
        """The first does not answer, a person is the second."""
        account = control.account(
            scenario="""
rules: [{agents: [no_answer, person]}]
flows:
  "926": [{connect: ["09811100001", "09811100002"]}, hangup]
"""
        )
        url = "http://my.exotel.com/exomock/exoml/start_voice/926"
        sid = account.connect(To=None, Url=url)
        account.advance(4)
        does(account, sid, "to", "reject")
        taken = does(account, sid, "to", "answer")
        assert ["talking", "busy", "talking"] == states(taken)
        account.advance(500)
        assert "completed" == does(account, sid, "from", "hangup")["status"]

    def test_by_taking_over_what_a_scenario_plays(self, control):
        """To would answer after 6 s."""
        account = control.account()
        sid = account.connect()
        account.advance(5)
        assert ["completed", "busy"] == states(does(account, sid, "to", "reject"))
        assert "busy" == account.status(sid)


class TestTheSwitch:
    def test_holds_for_calls_that_are_placed_from_then_on_and_lifts(self, control):
        """It says so in the why of each; those before it stay as they are."""
        account = control.account()
        first = account.connect()
        assert {"people": True} == account.put("phones", {"people": True})
        assert {"people": True} == account.get("phones")
        second = account.connect()
        assert account.get(f"calls/{second}")["why"].startswith("people answer the phones")
        account.put("phones", {"people": False})
        account.connect()
        account.advance(4)
        assert [["talking", "ringing"], ["ringing", "idle"], ["talking", "ringing"]] == [
            states(each) for each in account.get("calls")["calls"]
        ]
        assert first != second

    def test_leaves_refusals_as_they_are(self, account):
        """Nobody's telephone rings for an order that is refused."""
        account.post("next", {"refuse": "dnd"}, 201)
        assert 403 == account.try_connect().status_code

    def test_survives_a_reset(self, account):
        """It belongs to the account, as what was said when it was made does."""
        account.post("reset")
        assert {"people": True} == account.get("phones")
