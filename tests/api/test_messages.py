"""Sms/send, Sms/bulksend and messages read back: what they take, and what they answer."""

import xml.etree.ElementTree as ET
from typing import ClassVar

import pytest

from conftest import EXOPHONE, error_of, why_of
from exomock.api.message_records import MESSAGE_KEYS

TO = "09822200002"
PLAIN = {"From": EXOPHONE, "To": TO, "Body": "your parcel is here"}


def sent(driver, path="Sms/send.json", **fields):
    """Send a message that is good, and return its record or records."""
    response = driver.post(path, data=PLAIN | fields)
    assert 200 == response.status_code, response.text
    found = response.json()
    return (
        [each["SMSMessage"] for each in found] if isinstance(found, list) else found["SMSMessage"]
    )


def message(driver, sid):
    return driver.get(f"SMS/Messages/{sid}.json").json()["SMSMessage"]


class TestTheAnswer:
    def test_has_the_sixteen_keys_in_order(self, driver):
        """Section 12 (C): also in XML, where DateSent is 1970 and the Uri has no ending."""
        as_json = sent(driver)
        root = ET.fromstring(driver.post("Sms/send", data=PLAIN).content)

        assert list(MESSAGE_KEYS) == list(as_json) == [each.tag for each in root[0]]
        assert "SMSMessage" == root[0].tag
        assert (None, "1970-01-01 05:30:00") == (as_json["DateSent"], root[0].findtext("DateSent"))
        assert f"/v1/Accounts/exomock/SMS/Messages/{as_json['Sid']}.json" == as_json["Uri"]
        assert root[0].findtext("Uri") == f"/v1/Accounts/exomock/SMS/Messages/{root[0][0].text}"

    def test_says_that_it_is_queued(self, driver):
        """A number as code, units at once, no price yet."""
        found = sent(driver)

        assert ("queued", 21010, "PENDING_TO_OPERATOR", 1, None) == (
            found["Status"], found["DetailedStatusCode"], found["DetailedStatus"],
            found["SmsUnits"], found["Price"],
        )  # fmt: skip
        assert (TO, EXOPHONE, "outbound-api", None) == (
            found["To"], found["From"], found["Direction"], found["ApiVersion"],
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("given", "shown"),
        [("9999999999", "09999999999"), ("SCRPBX", "SCRPBX"), ("+918047112233", EXOPHONE)],
    )
    def test_shows_its_sender(self, driver, given, shown):
        """Nine nines more, a sender id, an ExoPhone: all are taken."""
        assert shown == sent(driver, From=given)["From"]

    def test_shows_the_exophone_and_its_sender_where_one_is_configured(self, exchange):
        """`{ExoPhone}/{SENDER}` (C), whether the ExoPhone or the sender id was sent."""
        phones = "[{number: '01139595093', sender: SCRPBX}, '08047112233']"
        driver = exchange(f"account: {{exophones: {phones}, strict_senders: true}}")

        assert ["01139595093/SCRPBX", "01139595093/SCRPBX", EXOPHONE] == [
            sent(driver, From=given)["From"] for given in ("+911139595093", "scrpbx", EXOPHONE)
        ]
        assert (
            40206 == error_of(driver.post("Sms/send.json", data=PLAIN | {"From": "OTHER"}))["Code"]
        )

    def test_two_equal_messages_have_two_sids(self, driver):
        """The same request twice is two messages, in one request as well."""
        found = [sent(driver)["Sid"], sent(driver)["Sid"]]
        found += [each["Sid"] for each in sent(driver, To=f"{TO},{TO}")]

        assert 4 == len(set(found))


class TestHowItIsSent:
    @pytest.mark.parametrize("path", ["Sms/send", "SMS/send", "Sms//send", "SMS/send.json"])
    def test_paths(self, driver, path):
        """Both spellings, XML and JSON."""
        assert 200 == driver.post(path, data=PLAIN).status_code

    def test_everything_in_the_query(self, driver):
        """And no body at all."""
        assert 200 == driver.post("Sms/send.json", params=PLAIN).status_code

    def test_multipart(self, driver):
        """As a form with files."""
        files = {name: (None, value) for name, value in PLAIN.items()}

        assert 200 == driver.post("Sms/send.json", files=files).status_code

    @pytest.mark.parametrize(
        "to",
        [
            pytest.param([("To", "9822200002"), ("To", "9822200003")], id="repeated"),
            pytest.param([("To[0]", "9822200002"), ("To[1]", "9822200003")], id="numbered"),
            pytest.param([("To[]", "9822200002"), ("To[]", "9822200003")], id="brackets"),
            pytest.param([("To", "9822200002, 9822200003")], id="comma list"),
        ],
    )
    def test_several_to_are_answered_by_a_list(self, driver, to):
        """In JSON a list, in XML several SMSMessage."""
        form = [("From", EXOPHONE), ("Body", "hello"), *to]
        found = driver.post("Sms/send.json", data=form).json()
        root = ET.fromstring(driver.post("Sms/send", data=form).content)

        assert [TO, "09822200003"] == [each["SMSMessage"]["To"] for each in found]
        assert [TO, "09822200003"] == [each.findtext("To") for each in root.findall("SMSMessage")]

    def test_a_list_of_one_is_a_list(self, driver):
        """Whoever asked by To[0] reads a list."""
        form = [("From", EXOPHONE), ("Body", "hello"), ("To[0]", TO)]

        assert 1 == len(driver.post("Sms/send.json", data=form).json())

    def test_one_number_that_is_none_fails_alone(self, driver):
        """Of several, the others are sent; it ends with 23010."""
        wrong, right = sent(driver, To=f"nobody,{TO}")
        driver.advance(10)

        assert [(23010, "nobody"), (20005, TO)] == [
            (found["DetailedStatusCode"], found["To"])
            for found in (message(driver, wrong["Sid"]), message(driver, right["Sid"]))
        ]

    def test_empty_parameters_are_not_given_and_unknown_ones_ignored(self, driver):
        """As on connect."""
        sent(driver, SmsType="", EncodingType="", StatusCallback="", DltEntityId="", Nonsense="1")

    def test_every_listed_parameter_is_taken(self, driver):
        """The list of the issue, each with a good value."""
        sent(
            driver, EncodingType="unicode", Priority="high", SmsType="transactional_opt_in",
            DltEntityId="1101", DltTemplateId="1007", StatusCallback="http://127.0.0.1:9/x",
            StatusCallbackContentType="application/json", CustomField="order 7", ShortenUrl="true",
            **{"ShortenUrlParams[Tracking]": "true"},
        )  # fmt: skip


class TestBulk:
    FORM: ClassVar = {
        "From": EXOPHONE, "Messages[0][To]": TO, "Messages[0][Body]": "one",
        "Message[7][To]": "9822200003", "Message[7][Body]": "two", "Message[7][From]": "SCRPBX",
    }  # fmt: skip

    def test_sends_different_messages(self, driver):
        """Both spellings; the outer From holds where a message has none."""
        found = [
            each["SMSMessage"] for each in driver.post("Sms/bulksend.json", data=self.FORM).json()
        ]

        assert [(EXOPHONE, TO, "one"), ("SCRPBX", "09822200003", "two")] == [
            (each["From"], each["To"], each["Body"]) for each in found
        ]

    def test_one_message_is_a_list(self, driver):
        """Also in XML."""
        form = {"From": "A", "Messages[0][To]": TO, "Messages[0][Body]": "x"}
        root = ET.fromstring(driver.post("SMS/bulksend", data=form).content)

        assert 1 == len(root.findall("SMSMessage"))
        assert 1 == len(driver.post("Sms/bulksend.json", data=form).json())

    def test_one_that_is_wrong_refuses_all(self, driver):
        """Nothing half done: no message of that request is there."""
        form = self.FORM | {"Message[7][Body]": ""}
        refused = driver.post("Sms/bulksend.json", data=form)

        assert (400, 40200) == (refused.status_code, error_of(refused)["Code"])
        assert [] == driver.mock.exchange.engine.store.messages.all(driver.mock.sid)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "code", "says"),
        [
            ({"Body": None}, 40200, "Body"),
            ({"Body": ""}, 40200, "Body"),
            ({"Body": "x" * 2001}, 40202, "2001"),
            ({"To": "nobody"}, 40203, "'nobody'"),
            ({"To": None}, 40203, "missing"),
            ({"SmsType": "advert"}, 40204, "promotional"),
            ({"From": ""}, 40205, "From"),
            ({"From": None}, 40210, "From"),
            ({"EncodingType": "utf-8"}, 40209, "unicode"),
            ({"To": ",".join(["9822200002"] * 101)}, 40406, "101"),
            ({"StatusCallback": "ftp://x"}, None, "http"),
            ({"Priority": "soon"}, None, "high"),
        ],
    )
    def test_of_a_parameter_has_its_code_in_both_formats(self, driver, change, code, says):
        """Section 12: 400 with the code of what is wrong, and a why that names it."""
        for path in ("Sms/send.json", "Sms/send"):
            refused = driver.post(path, data=PLAIN | change)
            error = error_of(refused)
            known = error.get("Code")

            assert (400, str(code)) == (refused.status_code, str(known))
            assert says in why_of(refused)
        assert [] == driver.mock.exchange.engine.store.messages.all(driver.mock.sid)

    @pytest.mark.parametrize(
        ("form", "code"),
        [
            ({"From": "A", "Body": "x"}, 40201),
            ({f"Messages[{n}][To]": TO for n in range(101)} | {"From": "A", "Body": "x"}, 40400),
            (
                {f"Messages[{n}][To]": f"{TO},{TO}" for n in range(51)}
                | {"From": "A", "Body": "x"},
                40406,
            ),
        ],
    )
    def test_of_a_bulksend(self, driver, form, code):
        """No messages, more than a hundred, or more than a hundred numbers in all."""
        assert code == error_of(driver.post("Sms/bulksend.json", data=form))["Code"]

    @pytest.mark.parametrize("path", ["Sms/send", "SMS/bulksend.json"])
    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    def test_of_another_method(self, driver, path, method):
        """405 with 40502, and what is possible."""
        refused = driver.http.request(method, f"{driver.mock.base}/{path}", timeout=9)

        assert (405, "40502") == (refused.status_code, str(error_of(refused)["Code"]))
        assert "POST" == refused.headers["Allow"]

    def test_a_json_body_is_told_to_send_a_form(self, driver):
        """As on connect."""
        refused = driver.post("Sms/send.json", json=PLAIN)

        assert 400 == refused.status_code
        assert "send a form" in why_of(refused)

    def test_a_wrong_case_is_told_the_right_spelling(self, driver):
        """sms/send fails live."""
        refused = driver.post("sms/send.json", data=PLAIN)

        assert 404 == refused.status_code
        assert "Sms/send" in why_of(refused)


class TestReading:
    @pytest.mark.parametrize(
        "path", ["SMS/Messages/{}.json", "Sms/Messages/{}.json", "Sms/{}.json", "SMS/{}.json"]
    )
    def test_by_sid_in_all_spellings(self, driver, path):
        """The same message each time."""
        sid = sent(driver)["Sid"]

        assert sid == driver.get(path.format(sid)).json()["SMSMessage"]["Sid"]

    def test_follows_its_life(self, driver):
        """Queued, sending after 1 s, submitted after 2, sent after 4; then it has a price."""
        sid, seen = sent(driver, Body="x" * 161)["Sid"], []
        for step in (0, 1, 1, 2):
            driver.advance(step)
            found = message(driver, sid)
            seen.append((found["Status"], found["DetailedStatusCode"], found["Price"]))

        assert [
            ("queued", 21010, None), ("sending", 21015, None), ("submitted", 21020, None),
            ("sent", 20005, "0.360000"),
        ] == seen  # fmt: skip
        assert "2026-03-01 12:00:04" == found["DateSent"] == found["DateUpdated"]

    def test_unknown_is_a_404(self, driver):
        """No matching results, without a code: two SDKs rely on it."""
        refused = driver.get("SMS/Messages/nothing.json")

        assert (404, {"Status": 404, "Message": "No matching results"}) == (
            refused.status_code, error_of(refused),
        )  # fmt: skip
        assert "no message" in why_of(refused)

    def test_unknown_may_be_a_200(self, exchange):
        """The setting `unknown-message`: the same body."""
        answer = exchange(unknown_message="200").get("SMS/Messages/nothing")

        assert (200, "No matching results") == (answer.status_code, error_of(answer)["Message"])

    def test_a_call_is_no_message(self, driver):
        """The Sid of a call leads nowhere here, nor a message's among calls."""
        call, text = driver.connect(), sent(driver)["Sid"]

        assert 404 == driver.get(f"SMS/Messages/{call}.json").status_code
        assert 404 == driver.get(f"Calls/{text}.json").status_code
