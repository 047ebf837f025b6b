"""The examples of docs/scenarios.md do what the page says, on a running exomock."""

import re
import threading

import pytest
import requests
from urllib3.exceptions import ProtocolError

from pages import example
from serve.conftest import until

ALL = {"StatusCallbackEvents": "terminal,answered"}


class Page:
    """A driver whose scenario is the page's example, and its control API."""

    def __init__(self, driver):
        self.driver = driver
        self.control = f"{driver.mock.url}/_exomock/accounts/{driver.mock.sid}"

    def ask(self, method, path, **kwargs):
        response = requests.request(method, f"{self.control}/{path}", timeout=20, **kwargs)
        assert response.status_code < 300, response.text
        return response.json() if response.content else None

    def calls(self):
        return self.ask("GET", "calls")["calls"]

    def callbacks(self, event):
        return self.ask("GET", "callbacks", params={"event": event})["callbacks"]

    def ends_as(self, **fields):
        """Place a call, let it end, and say how it did."""
        sid = self.driver.connect(**fields)
        self.driver.advance(120)
        return self.driver.call(sid)["Status"]


@pytest.fixture
def page(exchange):
    """`page(heading)`: the first example under it, on a frozen clock at noon."""

    def start(heading, **instead):
        """Values of the example may be others, by their key."""
        text = example(heading)
        for key, value in instead.items():
            text, found = re.subn(rf'\b{key}: ("[^"]*"|[^,}}]+)', f"{key}: {value}", text)
            assert found
        return Page(exchange(text))

    return start


class TestTheFirst:
    def test_agents_are_at_lunch_from_one_to_two(self, page):
        """A regular expression, and hours of which the end is excluded."""
        first = page("# Scenarios", chance="0%")
        agent = {"From": "08041234567", "TimeLimit": "5"}
        assert first.ends_as(**agent) == "completed"
        first.driver.advance(3600 - 120)
        assert first.ends_as(**agent) == "no-answer"
        assert first.ends_as(From="07080412345", TimeLimit="5") == "completed"
        first.driver.advance(3600 - 240)
        assert first.ends_as(**agent) == "completed"

    def test_five_bad_minutes_begin_ten_after_the_start(self, page):
        driver = page("# Scenarios").driver
        statuses = []
        for seconds in (599, 1, 299, 1):
            driver.advance(seconds)
            statuses.append(driver.try_connect().status_code)
        assert statuses == [200, 503, 503, 200]


class TestRules:
    def test_each_number_has_its_own_sequence_whose_last_step_repeats(self, page):
        attempts = page("### attempts")
        first = [attempts.ends_as(To="09812340001") for _ in range(4)]
        assert first == ["busy", "no-answer", "completed", "completed"]
        assert attempts.ends_as(To="09812340002") == "busy"

    def test_the_rules_own_words_hold_beside_a_step(self, page):
        attempts = page("### attempts")
        sid = attempts.driver.connect(To="09812340001")
        attempts.driver.advance(5)
        assert attempts.driver.call(sid)["Duration"] == "5"

    def test_a_refusal_of_ones_own_names_the_number(self, page):
        answer = page("### refuse").driver.try_connect(CallerId="08047112299")
        assert answer.status_code == 402
        error = answer.json()["RestException"]
        assert error["Code"] == 40001
        assert error["Message"] == "Insufficient balance to call 09822200002"

    def test_a_status_stands_for_what_the_legs_did(self, page):
        assert page("### status and stuck").ends_as(To="09822200021") == "canceled"

    def test_a_stuck_call_has_its_status_for_ever_and_can_be_hung_up(self, page):
        stuck = page("### status and stuck")
        sid = stuck.driver.connect(To="09822200022")
        stuck.driver.advance(86_400)
        assert stuck.driver.call(sid)["Status"] == "queued"
        assert stuck.driver.calls()["Metadata"]["Total"] == 0
        assert stuck.ask("POST", "clock/advance", json={"until": "idle"})["idle"]
        stuck.ask("POST", f"calls/{sid}/hangup")
        assert stuck.driver.calls()["Metadata"]["Total"] == 1

    def test_nth_counts_what_fits_the_rest(self, page):
        """Calls of other CustomFields in between are not counted."""
        when = page("## when")
        fields = ("campaign-1", "campaign-x", "campaign-2", "campaign-3")
        statuses = [when.ends_as(CustomField=field) for field in fields]
        assert statuses == ["busy", "completed", "busy", "completed"]


class TestCallbacks:
    @pytest.fixture
    def told(self, page, receiver):
        """`told(number)` places a call that tells the receiver all."""
        callbacks = page("## callbacks")

        def place(number, **fields):
            callbacks.driver.connect(To=number, StatusCallback=receiver.url, **fields)
            return callbacks

        return place

    def test_the_end_is_told_three_times_ten_seconds_apart(self, told, receiver):
        driver, counts = told("09822200011").driver, []
        for seconds in (39, 1, 9, 1, 9, 1, 1000):
            driver.advance(seconds)
            counts.append(len(receiver.got))
        assert counts == [0, 1, 1, 2, 2, 3, 3]

    def test_a_dropped_end_is_shown_as_dropped(self, told, receiver):
        dropped = told("09822200012", **ALL)
        dropped.driver.advance(5000)
        assert [each.form["EventType"] for each in receiver.got] == ["answered", "answered"]
        (callback,) = dropped.callbacks("terminal")
        assert callback["state"] == "dropped"
        dropped.ask("POST", f"callbacks/{callback['id']}/replay")
        assert receiver.got[-1].form["EventType"] == "terminal"

    def test_swapped_answers_come_a_second_after_the_end(self, told, receiver):
        driver = told("09822200013", **ALL).driver
        driver.advance(40)
        assert [each.form["EventType"] for each in receiver.got] == ["terminal"]
        driver.advance(1)
        events = [each.form["EventType"] for each in receiver.got]
        assert events == ["terminal", "answered", "answered"]

    def test_callbacks_beat_the_answer_to_connect(self, told, receiver):
        """Time stands still, and all is told when connect returns."""
        early = told("09822200014", **ALL)
        events = [each.form["EventType"] for each in receiver.got]
        assert events == ["answered", "answered", "terminal"]
        assert receiver.got[-1].form["ConversationDuration"] == "0"
        assert [call["status"] for call in early.calls()] == ["completed"]

    def test_a_body_that_is_not_as_usual(self, told, receiver):
        odd = told("09822200015", **ALL)
        odd.driver.advance(5)
        assert receiver.got == []
        odd.driver.advance(1)
        assert len(receiver.got) == 1
        odd.driver.advance(100)
        assert {each.headers["Content-Type"] for each in receiver.got} == {"text/plain"}
        assert all(each.raw.startswith(b"--") for each in receiver.got)
        (terminal,) = odd.callbacks("terminal")
        fields = terminal["fields"]
        assert fields["Trace"] == "7"
        assert fields["Status"] == "done"
        assert {"RecordingUrl", "Legs[1][Status]"}.isdisjoint(fields)
        assert fields["Legs[0][Status]"] == "completed"


class TestTheAccount:
    def test_the_connect_after_two_hundred_in_a_minute_is_a_429(self, page):
        driver = page("## account").driver
        statuses = [driver.try_connect().status_code for _ in range(201)]
        assert statuses == [200] * 200 + [429]
        driver.advance(59)
        assert driver.try_connect().status_code == 429
        driver.advance(1)
        assert driver.try_connect().status_code == 200

    def test_another_caller_id_is_a_400_and_counts_in_the_minute(self, page):
        driver = page("## account", rate_limit="1/min").driver
        assert driver.try_connect(CallerId="08047112244").status_code == 400
        assert driver.try_connect().status_code == 429

    def test_an_order_without_money_is_a_402(self, page):
        """A call of 30 s costs 0.250, and it is known two minutes after the end."""
        poor = page("## account", balance="0.25")
        assert poor.ends_as() == "completed"
        assert poor.driver.try_connect().status_code == 200
        poor.driver.advance(40)
        assert poor.driver.try_connect().status_code == 402

    def test_late_fields_come_two_minutes_after_the_end(self, page):
        driver = page("## account").driver
        sid = driver.connect()
        driver.advance(40 + 119)
        assert driver.call(sid)["Duration"] == ""
        driver.advance(1)
        assert driver.call(sid)["Duration"] == 40  # the page is of `dialect: observed`


class TestThePast:
    def test_history_is_there_and_has_ended(self, page):
        total = page("## history").driver.calls(PageSize=1)["Metadata"]["Total"]
        assert total == 300

    def test_it_has_about_its_mix(self, page):
        calls = page("## history").calls()
        assert len(calls) == 300
        busy = sum(call["status"] == "busy" for call in calls)
        completed = sum(call["status"] == "completed" for call in calls)
        assert 3 <= busy <= 32
        assert 205 <= completed <= 275

    def test_it_is_made_once_whatever_else_has_changed(self, page):
        past, text = page("## history"), example("## history")
        other = text.replace("300", "200")
        for body, total in ((f"{text}# changed\n", 300), (other, 500), (text, 500)):
            yaml = {"Content-Type": "application/yaml"}
            past.ask("PUT", "scenario", data=body, headers=yaml)
            assert past.driver.calls(PageSize=1)["Metadata"]["Total"] == total
        past.ask("POST", "reset")
        assert past.driver.calls(PageSize=1)["Metadata"]["Total"] == 300

    def test_exact_calls_are_exact(self, page):
        driver = page("## calls").driver
        calls = {call["To"]: call for call in driver.calls()["Calls"]}
        assert len(calls) == 3
        first, second = calls["09822200031"], calls["09822200032"]
        assert first["DateCreated"] == "2026-02-27 11:00:00"
        assert (first["Status"], first["Duration"], first["Price"]) == ("completed", "42", "0.450")
        assert first["RecordingUrl"].endswith(f"{first['Sid']}.mp3")
        assert (second["Status"], second["From"]) == ("no-answer", "09811100009")
        assert calls["08047112244"]["Direction"] == "inbound"


class TestInbound:
    def test_somebody_calls_every_thirty_seconds(self, page):
        inbound = page("## inbound")
        inbound.driver.advance(29)
        assert inbound.calls() == []
        inbound.driver.advance(70)
        calls = inbound.calls()
        assert [call["direction"] for call in calls] == ["inbound"] * 3
        assert all(call["from"].startswith("0990000") for call in calls)
        assert [call["status"] for call in calls] == ["completed", "in-progress", "in-progress"]

    def test_callers_without_words_ask_the_rules(self, page):
        inbound = page("## inbound")
        inbound.driver.advance(600)
        (asked,) = [call for call in inbound.calls() if call["status_callback"]]
        assert "scenario.yaml:8" in asked["why"]

    def test_until_idle_does_not_wait_for_them(self, page):
        went = page("## inbound").ask("POST", "clock/advance", json={"until": "idle"})
        assert went["idle"]
        assert went["now"].startswith("2026-03-01T12:00:00")


class TestFaults:
    def test_the_second_campaign_call_is_refused_once_and_leaves_no_call(self, page):
        faults = page("### answer")
        answers = [faults.driver.try_connect(CustomField=f"campaign-{n}") for n in range(4)]
        assert [each.status_code for each in answers] == [200, 503, 200, 200]
        error = answers[1].json()["RestException"]
        assert error == {"Status": 503, "Message": "Try again later", "Code": 35008}
        assert "the second try" in answers[1].headers["X-Exomock-Why"]
        assert len(faults.calls()) == 3

    def test_answers_are_cut_malformed_and_a_gateways_page(self, page):
        driver = page("### answer").driver
        url = f"{driver.mock.base}/Calls.json"
        with driver.http.get(url, stream=True, timeout=20) as cut:
            length = int(cut.headers["Content-Length"])
            raw = cut.raw.read(int(length * 0.6))
            with pytest.raises(ProtocolError):
                cut.raw.read()
        assert len(raw) == int(length * 0.6)
        malformed = driver.get("Calls.json")
        assert malformed.status_code == 200
        with pytest.raises(ValueError):
            malformed.json()
        gateway = driver.get("Calls.json")
        assert gateway.status_code == 502
        assert gateway.headers["Content-Type"].startswith("text/html")
        assert driver.get("Calls.json").json()["Calls"] == []

    def test_a_delay_passes_on_the_accounts_clock(self, page):
        """The clock is frozen: the answer comes when time is advanced, and not before."""
        driver = page("### answer", chance="100%", delay="2s").driver
        got = []
        ask = threading.Thread(target=lambda: got.append(driver.get("Numbers/09822200002.json")))
        ask.start()
        ask.join(0.2)
        assert got == []
        driver.advance(2)
        ask.join(10)
        assert [each.status_code for each in got] == [200]

    def test_after_a_connect_that_hangs_the_call_is_there(self, page):
        hanging = page("### answer")
        data = {"From": "09811100001", "To": "09822200041", "CallerId": "08047112233"}
        url = f"{hanging.driver.mock.base}/Calls/connect.json"
        with pytest.raises(requests.exceptions.ReadTimeout):
            hanging.driver.http.post(url, data=data, timeout=0.3)
        until(hanging.calls)  # a busy machine may not have read the request yet
        assert [call["to"] for call in hanging.calls()] == ["09822200041"]
        hanging.ask("POST", "reset")

    def test_one_laid_down_at_run_time_is_asked_first_and_can_be_lifted(self, page):
        faults = page("### answer")
        laid = faults.ask("POST", "faults", json={"when": {"path": "Calls"}, "answer": "kyc"})
        assert faults.driver.get("Calls.json").status_code == 403
        ids = [each["id"] for each in faults.ask("GET", "faults")["faults"]]
        assert ids == [laid["id"], *(f"scenario-{n}" for n in range(1, 8))]
        faults.ask("DELETE", f"faults/{laid['id']}")
        faults.ask("DELETE", "faults")
        assert faults.driver.get("Calls.json").status_code == 200
