"""What Calls/connect refuses: each 400 names the parameter, and its why the rule. exotel-v1.md 2 and 7."""

import pytest

from conftest import EXOPHONE, FROM, TO, error_of, why_of

WRONG = [
    ("From", None, "mandatory"),
    ("From", "", "mandatory"),
    ("From", "nobody", "10 digits"),
    ("From", "12345", "10 digits"),
    ("From", "+9198", "10 digits"),
    ("To", None, "mandatory unless Url"),
    ("To", "09x", "10 digits"),
    ("CallerId", None, "mandatory"),
    ("CallerId", "EXOTEL", "10 digits"),
    ("Url", "example.com/x/exoml/start_voice/1", "http"),
    ("CallType", "transactional", "trans or promo"),
    ("TimeLimit", "14401", "1 to 14400 seconds"),
    ("TimeLimit", "-1", "1 to 14400 seconds"),
    ("TimeLimit", "ten", "1 to 14400 seconds"),
    ("TimeLimit", "1.5", "1 to 14400 seconds"),
    ("TimeLimit", "٣", "1 to 14400 seconds"),
    ("TimeOut", "-5", "1 to 60 seconds"),
    ("TimeOut", "30s", "1 to 60 seconds"),
    ("WaitUrl", "ftp://x/a.wav", "http"),
    ("WaitUrl", "hold music", "http"),
    ("Record", "maybe", "true or false"),
    ("Record", "2", "true or false"),
    ("RecordingChannels", "mono", "single or dual"),
    ("RecordingFormat", "wav", "mp3 or mp3-hq"),
    ("CustomField", "x" * 4097, "at most 4096"),
    ("StartPlaybackTo", "Caller", "Callee or Both"),
    ("StartPlaybackValue", "a.mp3", "http"),
    ("StatusCallback", "localhost:3000/hook", "http"),
    ("StatusCallback", "http://", "http"),
    ("StatusCallback", "http://host:99999/", "http"),
    ("StatusCallback", "http://a b/", "http"),
    ("StatusCallback", "null", "http"),
    ("StatusCallbackEvents", "finished", "terminal or answered"),
    ("StatusCallbackEvents", "terminal,anwsered", "terminal or answered"),
    ("StreamUrl", "ftp://x/stream", "wss://"),
    ("StreamBegin", "at Leg1 connect", "atLeg1connect or atLeg2connect"),
    ("MaxRetries", "often", "1 to 10"),
    ("StatusCallbackContentType", "text/xml", "multipart/form-data or application/json"),
]


class TestAWrongValue:
    @pytest.mark.parametrize(("name", "value", "rule"), WRONG)
    def test_is_a_400_that_names_parameter_and_rule(self, driver, name, value, rule):
        """The message is Exotel's; the why begins with the parameter, and says what was expected."""
        response = driver.try_connect(**{name: value})

        assert 400 == response.status_code
        error, why = error_of(response), why_of(response)
        said = "Bad or missing" if value in (None, "") else f"Invalid '{name}' specified"
        assert 400 == error["Status"]
        assert said in error["Message"]
        assert why.startswith(f"{name}: "), why
        assert rule in why

    def test_places_no_call(self, driver):
        """Nothing is half done: after it and an hour the list is empty."""
        driver.try_connect(TimeOut="long")
        driver.advance(3600)

        assert 0 == driver.calls()["Metadata"]["Total"]

    def test_is_quoted_in_full_only_when_short(self, driver):
        """A megabyte of nonsense does not come back."""
        assert len(why_of(driver.try_connect(CallType="x" * 1_000_000))) < 200

    def test_quotes_what_came(self, driver):
        """The value stands in the why."""
        assert "'mono'" in why_of(driver.try_connect(RecordingChannels="mono"))


class TestAJsonBody:
    def test_is_told_to_send_a_form(self, driver):
        """Not "From is missing", which would send its developer astray."""
        order = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
        response = driver.post("Calls/connect.json", json=order)

        assert 400 == response.status_code
        assert "send a form" in error_of(response)["Message"]


class TestALongestTimeOut:
    def test_is_a_setting(self, exchange):
        """A server that allows 120 s cuts 121 to them, and says so."""
        driver = exchange(max_time_out=120)

        assert 200 == driver.try_connect(TimeOut="120").status_code
        assert "TimeOut: '121' is cut to 120" in why_of(driver.try_connect(TimeOut="121"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("number", "status", "code", "text"),
        [
            ("09000000005", 403, None, "Call to [09000000005] can not be made because of TRAI NDNC"),
            ("09000000006", 403, 340030, "Your account is not yet KYC compliant"),
            ("09000000008", 429, None, "Too Many Requests"),
            ("09000000009", 503, 35008, "Service Unavailable; "),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("leg", ["From", "To"])
    def test_a_magic_number_refuses_on_either_leg(self, driver, leg, number, status, code, text):
        """Status, code and text are the ones Exotel is known for."""
        response = driver.try_connect(**{leg: number})

        assert status == response.status_code
        error = error_of(response)
        assert error["Message"].startswith(text)
        assert code == error.get("Code")

    def test_a_rule_refuses_in_its_own_words(self, exchange):
        """`refuse: {status, code, message}` comes back as a RestException."""
        driver = exchange(
            f"rules:\n  - when: {{to: '{TO}'}}\n    refuse: {{status: 402, code: 7, message: Pay}}\n"
        )

        response = driver.try_connect()

        assert 402 == response.status_code
        assert {"Status": 402, "Message": "Pay", "Code": 7} == error_of(response)
