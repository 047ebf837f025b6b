"""
The law of refusals: each is a row of one table, in the service's words, with its why beside it.

`Message` and `Code` are what clients branch on, so they are Exotel's where these are known;
`X-Exomock-Why` says what came, what was expected, and the nearest right thing. exotel-v1.md 7.
"""

import json
import logging
import socket
from base64 import b64encode
from email.parser import BytesParser
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests

from conftest import EXOPHONE, FROM, NOON, TO, Driver, error_of, why_of
from exomock.api import errors
from exomock.api.sparing import Sparing
from exomock.app import routes
from exomock.domain.errors import AccountGone
from exomock.domain.refusals import MESSAGE_REFUSALS, REFUSALS, Rejection
from exomock.engine import NewAccount
from exomock.scenarios import read_scenario
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseAway, DatabaseFault

FLOW = "http://my.exotel.com/exomock/exoml/start_voice/926"
INVALID = "Invalid Call Parameters: Invalid '{}' specified"
KYC = (
    "Your account is not yet KYC compliant. This is mandatory by TRAI guidelines to connect "
    "outbound voice calls."
)
NOTHING = "No matching results"

KNOWN = {
    "MISSING": (400, "Bad or missing parameters", 34001),
    "UNREADABLE": (400, INVALID.format("CallType"), None),
    "FLOW_EVENTS": (400, INVALID.format("StatusCallbackEvents"), None),
    "EXOPHONE": (400, "Could not find the CallerId from which this call can be made", None),
    "ODD_CREDENTIALS": (400, "Bad or missing parameters", 34001),
    "DATES": (400, "Invalid parameter", None),
    "DIRECTION": (400, "valid values for Direction are inbound,outbound-dial,outbound-api", None),
    "NO_CREDENTIALS": (401, "Unauthorized; ", None),
    "WRONG_CREDENTIALS": (401, "Unauthorized; ", 34010),
    "FOREIGN_CREDENTIALS": (403, "These credentials belong to another account", 34009),
    "DND": (403, REFUSALS["dnd"].message.replace("{number}", "09000000005"), None),
    "KYC": (403, KYC, 340030),
    "CALL": (404, NOTHING, None),
    "RECORDING": (404, NOTHING, None),
    "MESSAGE": (404, NOTHING, None),
    "PATH": (404, NOTHING, None),
    "ACCOUNT": (404, NOTHING, None),
    "RATE": (429, "Too Many Requests", None),
    "WHITELIST": (400, "Bad or missing parameters", 34001),
    "NO_EXOPHONE": (404, NOTHING, None),
    "ABSENT": (501, "exomock does not imitate Recordings yet", None),
    "UNAVAILABLE": (503, "Service Unavailable; ", 35008),
}  # fmt: skip
"""Status, Message and Code of exotel-v1.md section 7, written out: not what the code makes of it."""

OURS = {
    "BODY": (400, "send a form"),
    "CUT_OFF": (400, "ended before it was complete"),
    "DIRECTIVE": (400, "leg1"),
    "FILTER": (400, "PageSize"),
    "WINDOW": (400, "6 months"),
    "PARAMETER": (400, "is not a telephone number"),
    "NOT_INDIAN": (400, "is not an Indian number"),
    "RENTED": (400, "has 08047112233 already"),
    "VERSION": (400, "/v1/Accounts/{Sid}"),
    "MONEY": (402, "are spent"),
    "PAGE": (403, "allow-origin"),
    "SIGNED_URL": (403, "PreSignedRecordingUrl"),
    "HOST": (403, "allow-origin"),
    "METHOD": (405, "POST Calls/connect places one"),
    "STOPPED": (408, "body-timeout"),
    "TOO_LONG": (413, "max-body"),
    "DATABASE": (500, "disk full"),
    "DATABASE_AWAY": (503, "connection was lost"),
    "BUG": (500, "its log"),
    "BOUND": (503, "max-accounts"),
    "ELSEWHERE": (503, "another process"),
}
"""Status, and a part of the why, where nobody knows Exotel's text."""

CODED = {
    "SMS_BODY": (400, 40200, "Body"),
    "SMS_MESSAGES": (400, 40201, "Messages[0][To]"),
    "SMS_LONG_BODY": (400, 40202, "2001"),
    "SMS_TO": (400, 40203, "no telephone number"),
    "SMS_TYPE": (400, 40204, "promotional"),
    "SMS_EMPTY_FROM": (400, 40205, "From"),
    "SMS_SENDER": (400, 40206, "'SCRPBX'"),
    "SMS_ENCODING": (400, 40209, "unicode"),
    "SMS_FROM": (400, 40210, "From"),
    "SMS_MANY_MESSAGES": (400, 40400, "101"),
    "SMS_MANY_NUMBERS": (400, 40406, "101"),
    "SMS_PARAMETER": (400, None, "http"),
    "SMS_TRIAL": (403, 40000, "refuse: trial"),
    "SMS_KYC": (403, 340030, "KYC"),
    "SMS_MONEY": (403, 40001, "are spent"),
    "SMS_INACTIVE": (403, 40002, "refuse: inactive"),
    "SMS_COUNTRY": (403, 40003, "refuse: country"),
    "SMS_METHOD": (405, 40502, "POST"),
    "SMS_RATE": (429, 40402, "magic number"),
    "SMS_BUG": (500, 35000, "refuse: server-error"),
    "SMS_UNAVAILABLE": (503, 40405, "magic number"),
}
"""Status, code and a part of the why of section 12, whose texts nobody knows."""


class House:
    """Servers that refuse in every way there is."""

    def __init__(self):
        terms = f"account: {{exophones: ['{EXOPHONE}'], balance: 0.01, strict_senders: true}}\nmagic: true"
        self.open = [
            Exomock("default", Settings(rate=0, max_body=100_000, body_timeout=1), start_at=NOON)
        ]
        self.open.append(Exomock(terms, Settings(rate=0), start_at=NOON))
        self.open.append(Exomock("default", Settings(rate=0, open_house=True, max_accounts=1)))
        for mock in self.open:
            mock.__enter__()
        self.plain, self.poor = map(Driver, self.open[:2])
        self.guests = self.open[2]
        self.plain.mock.exchange.engine.making.make(NewAccount("other", "k", "t"))

    def close(self):
        """End them."""
        for mock in self.open:
            mock.__exit__(None, None, None)

    def anonymous(self, auth=None, sid="exomock", mock=None, **headers):
        """GET the account with other credentials, or other headers."""
        url = f"{(mock or self.plain.mock).url}/v1/Accounts/{sid}.json"
        return requests.get(url, auth=auth, headers=headers, timeout=9)

    def recording(self, call, query=""):
        """GET a recording, with the right credentials."""
        url = f"{self.plain.mock.url}/exotelrecordings/exomock/{call}.mp3{query}"
        return self.plain.http.get(url, timeout=9)

    def beta(self, method, path, **form):
        """Ask v2_beta."""
        url = f"{self.plain.mock.url}/v2_beta/Accounts/exomock/{path}"
        return self.plain.http.request(method, url, data=form, timeout=9)

    def raw(self, length, body, *, half_close):
        """POST a connect whose body is not what its head says."""
        place = urlsplit(self.plain.mock.url)
        basic = b64encode(b"exomock-key:exomock-token").decode()
        head = (
            "POST /v1/Accounts/exomock/Calls/connect.json HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Basic {basic}\r\nConnection: close\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n"
        )
        with socket.create_connection((place.hostname, place.port), timeout=9) as client:
            client.sendall(head.encode() + body)
            if half_close:
                client.shutdown(socket.SHUT_WR)
            got = b"".join(iter(lambda: client.recv(65536), b""))
        top, _, content = got.partition(b"\r\n\r\n")
        line, _, fields = top.partition(b"\r\n")
        headers = requests.structures.CaseInsensitiveDict(BytesParser().parsebytes(fields).items())
        headers["Content-Type"] = headers["content-type"]
        return SimpleNamespace(
            status_code=int(line.split()[1]), headers=headers, json=lambda: json.loads(content)
        )


@pytest.fixture(scope="module")
def house():
    house = House()
    yield house
    house.close()


def gone(house, monkeypatch):
    """An account that is deleted between the check of its credentials and the call."""

    def deleted(sid):
        raise AccountGone(sid)

    monkeypatch.setattr(house.plain.mock.exchange.engine.accounts, "world", deleted)
    return house.plain.try_connect()


def failing(house, monkeypatch):
    """A database that takes nothing."""

    def full(*_):
        raise DatabaseFault("the database cannot be written: disk full")

    monkeypatch.setattr(house.plain.mock.exchange.engine, "connect", full)
    return house.plain.try_connect()


def away(house, monkeypatch):
    """A database that processes share, and whose server has ended."""

    def lost(*_):
        raise DatabaseAway("the database cannot be written: the connection was lost")

    monkeypatch.setattr(house.plain.mock.exchange.engine, "connect", lost)
    return house.plain.try_connect()


def texted(house, driver=None, **fields):
    """A message that is sent, good but for some fields."""
    form = {"From": EXOPHONE, "To": TO, "Body": "hello"} | fields
    return (driver or house.plain).post("Sms/send.json", data=form)


def refusing(preset):
    """Provoke a preset by a rule whose name says so."""

    def provoke(house, monkeypatch):
        engine = house.plain.mock.exchange.engine
        text = f"messages: [{{name: 'refuse: {preset}', refuse: {preset}}}]"
        monkeypatch.setattr(
            engine.worlds["exomock"], "scenario", read_scenario("s.yaml", text.encode())
        )
        return texted(house)

    return provoke


def bulk(house, **fields):
    """A bulksend."""
    return house.plain.post("Sms/bulksend.json", data={"From": EXOPHONE, "Body": "x"} | fields)


def spent(house, _monkeypatch):
    """A message after a call that took all the money."""
    house.poor.try_connect()
    house.poor.advance(600)
    return texted(house, house.poor)


def fenced(house, monkeypatch):
    """A connect in an account that has become another process's."""

    class Lost:
        def check(self, _tx, accounts):
            raise NotOwner(next(iter(accounts)))

    monkeypatch.setattr(house.plain.mock.exchange.engine.store, "fence", Lost())
    return house.plain.try_connect()


def broken(_house, _monkeypatch):
    """Routes without an exomock behind them."""
    found = routes().test_client().get("/v1/Accounts/exomock/Calls.json")
    return SimpleNamespace(
        status_code=found.status_code, headers=found.headers, json=lambda: found.json
    )


PROVOKED = {
    "MISSING": lambda h, _: h.plain.try_connect(From=None),
    "UNREADABLE": lambda h, _: h.plain.try_connect(CallType="bulk"),
    "FLOW_EVENTS": lambda h, _: h.plain.try_connect(Url=FLOW, StatusCallbackEvents="terminal"),
    "EXOPHONE": lambda h, _: h.poor.try_connect(CallerId="08047112299"),
    "ODD_CREDENTIALS": lambda h, _: h.anonymous(("k k", "t"), "new1", h.guests),
    "BODY": lambda h, _: h.plain.post("Calls/connect.json", json={"From": FROM, "To": TO}),
    "CUT_OFF": lambda h, _: h.raw(1000, b"From=09811100001", half_close=True),
    "DIRECTIVE": lambda h, _: h.plain.try_connect(CustomField="exomock: leg1=asleep"),
    "DATES": lambda h, _: h.plain.get("Calls.json?StartTime=gte:2026-01-01+00:00:00"),
    "DIRECTION": lambda h, _: h.plain.get("Calls.json?Direction=outbound"),
    "FILTER": lambda h, _: h.plain.get("Calls.json?PageSize=0"),
    "WINDOW": lambda h, _: h.plain.get("Calls.json?DateCreated=lte:2025-01-01+00:00:00"),
    "PARAMETER": lambda h, _: h.plain.get("Numbers/nobody.json"),
    "NOT_INDIAN": lambda h, _: h.plain.get("Numbers/+14155552671.json"),
    "VERSION": lambda h, _: h.plain.http.get(f"{h.plain.mock.url}/v3/accounts/exomock/calls.json"),
    "NO_CREDENTIALS": lambda h, _: h.anonymous(),
    "WRONG_CREDENTIALS": lambda h, _: h.anonymous(("exomock-key", "wrong")),
    "MONEY": lambda h, _: [h.poor.try_connect(), h.poor.advance(600), h.poor.try_connect()][-1],
    "FOREIGN_CREDENTIALS": lambda h, _: h.anonymous(("k", "t")),
    "DND": lambda h, _: h.plain.try_connect(To="09000000005"),
    "KYC": lambda h, _: h.plain.try_connect(To="09000000006"),
    "PAGE": lambda h, _: h.plain.get("Calls.json", headers={"Origin": "https://evil.example"}),
    "HOST": lambda h, _: h.plain.get("Calls.json", headers={"Host": "rebound.evil.example"}),
    "SIGNED_URL": lambda h, _: h.recording("0" * 32, "?Expires=1&Signature=0"),
    "RECORDING": lambda h, _: h.recording(h.plain.connect()),
    "SMS_BODY": lambda h, _: texted(h, Body=""),
    "SMS_MESSAGES": lambda h, _: bulk(h),
    "SMS_LONG_BODY": lambda h, _: texted(h, Body="x" * 2001),
    "SMS_TO": lambda h, _: texted(h, To="nobody"),
    "SMS_TYPE": lambda h, _: texted(h, SmsType="advert"),
    "SMS_EMPTY_FROM": lambda h, _: texted(h, From=""),
    "SMS_SENDER": lambda h, _: texted(h, h.poor, From="SCRPBX"),
    "SMS_ENCODING": lambda h, _: texted(h, EncodingType="utf-8"),
    "SMS_FROM": lambda h, _: texted(h, From=None),
    "SMS_MANY_MESSAGES": lambda h, _: bulk(h, **{f"Messages[{n}][To]": TO for n in range(101)}),
    "SMS_MANY_NUMBERS": lambda h, _: texted(h, To=",".join([TO] * 101)),
    "SMS_PARAMETER": lambda h, _: texted(h, StatusCallback="ftp://x"),
    "SMS_TRIAL": refusing("trial"),
    "SMS_KYC": refusing("kyc"),
    "SMS_MONEY": spent,
    "SMS_INACTIVE": refusing("inactive"),
    "SMS_COUNTRY": refusing("country"),
    "SMS_METHOD": lambda h, _: h.plain.get("Sms/send.json"),
    "SMS_RATE": lambda h, _: texted(h, To="09000000008"),
    "SMS_BUG": refusing("server-error"),
    "SMS_UNAVAILABLE": lambda h, _: texted(h, To="09000000009"),
    "MESSAGE": lambda h, _: h.plain.get(f"SMS/Messages/{'0' * 32}.json"),
    "CALL": lambda h, _: h.plain.get(f"Calls/{'0' * 32}.json"),
    "PATH": lambda h, _: h.plain.get("Callz.json"),
    "ACCOUNT": gone,
    "METHOD": lambda h, _: h.plain.post("Calls.json"),
    "STOPPED": lambda h, _: h.raw(1000, b"From=09811100001", half_close=False),
    "TOO_LONG": lambda h, _: h.plain.post("Calls/connect.json", data=b"x" * 100_001),
    "RATE": lambda h, _: h.plain.try_connect(To="09000000008"),
    "DATABASE": failing,
    "DATABASE_AWAY": away,
    "BUG": broken,
    "WHITELIST": lambda h, _: h.plain.post("CustomerWhitelist.json", data={"Number": "nobody"}),
    "RENTED": lambda h, _: h.beta("POST", "IncomingPhoneNumbers", PhoneNumber=EXOPHONE),
    "NO_EXOPHONE": lambda h, _: h.beta("GET", "IncomingPhoneNumbers/nobody"),
    "ABSENT": lambda h, _: h.plain.get("Recordings.json"),
    "UNAVAILABLE": lambda h, _: h.plain.try_connect(To="09000000009"),
    "BOUND": lambda h, _: [h.anonymous(("k", "t"), sid, h.guests) for sid in ("g1", "g2")][-1],
    "ELSEWHERE": fenced,
}  # fmt: skip
"""A row that is added to the table must be provoked here."""


def _ours(name):
    """Status, code and a part of the why where nobody knows the text."""
    if name in CODED:
        return CODED[name]
    status, part = OURS[name]
    return status, None, part


class TestEveryRefusal:
    def test_is_provoked_here(self):
        """The table and this chapter name the same rows."""
        assert {row.name for row in Rejection} == set(PROVOKED)
        assert set(PROVOKED) == set(KNOWN) | set(OURS) | set(CODED)

    @pytest.mark.parametrize("row", Rejection, ids=lambda row: row.name)
    def test_has_the_services_words_and_our_why(self, house, monkeypatch, row):
        """Known: exactly Message and Code, and a why that says more; unknown: a sentence of ours."""
        answer = PROVOKED[row.name](house, monkeypatch)
        error, why = error_of(answer), why_of(answer)
        error["Status"] = int(error["Status"])  # of a recording: in XML, for its path has no .json

        if row.name in KNOWN:
            status, message, code = KNOWN[row.name]
            assert {"Status": status, "Message": message} | (
                {"Code": code} if code else {}
            ) == error
            assert message.strip() != why
        else:
            status, code, part = _ours(row.name)
            assert (status, code) == (error["Status"], error.get("Code"))
            assert error["Message"]
            assert part in why
        assert status == answer.status_code
        assert len(why) > 20

    def test_is_logged_with_its_why_once_a_minute(self, house, caplog, monkeypatch):
        """A client that polls does not fill the disk; the minute is a fresh one of this process."""
        monkeypatch.setattr(errors, "_sparing", Sparing(logging.getLogger("exomock.api")))
        caplog.set_level(logging.INFO, "exomock.api")
        answers = [house.plain.get("Wherever.json") for _ in range(20)]

        lines = [r.getMessage() for r in caplog.records if "Wherever" in r.getMessage()]
        assert [f"answered 404 to GET /v1/Accounts/exomock/Wherever: {why_of(answers[0])}"] == lines


class TestTheRoutes:
    @pytest.mark.parametrize(
        "refusal",
        [*REFUSALS.values(), *MESSAGE_REFUSALS.values()],
        ids=[*REFUSALS, *MESSAGE_REFUSALS],
    )
    def test_a_scenario_refuses_in_the_same_words(self, refusal):
        """`refuse: dnd` and its like are rows of the same table, those of messages too."""
        assert (refusal.status, refusal.message, refusal.code) in [
            (row.status, row.value.message, row.code) for row in Rejection
        ]


class TestEventsOfAFlow:
    @pytest.mark.parametrize("allowed", [True, False])
    def test_are_taken_where_the_account_says_so(self, exchange, allowed):
        """`account: {flow_events: true}`; refused by default, and nothing is placed."""
        driver = exchange("account: {flow_events: true}\n" if allowed else "account: {}\n")
        answer = driver.try_connect(Url=FLOW, StatusCallbackEvents="terminal,answered")

        assert (200 if allowed else 400) == answer.status_code
        driver.advance(3600)
        assert allowed == bool(driver.calls()["Metadata"]["Total"])
        assert allowed or "account: {flow_events: true}" in why_of(answer)

    def test_do_not_matter_without_a_flow(self, driver):
        """A call of two legs has its events."""
        assert 200 == driver.try_connect(StatusCallbackEvents="terminal").status_code


class TestAListByTimesOfTheCall:
    @pytest.mark.parametrize(
        "query", ["StartTime=x", "EndTime=x", "StartTime%3E=x", "EndTime[gte]=x", "StartTimeGte=x"]
    )
    def test_is_refused(self, driver, query):
        """In every spelling; the why names DateCreated."""
        answer = driver.get(f"Calls.json?{query}")

        assert (400, "Invalid parameter") == (answer.status_code, error_of(answer)["Message"])
        assert "DateCreated=gte:" in why_of(answer)

    def test_is_the_full_one_where_the_filter_is_empty(self, driver):
        """An empty filter is not given."""
        assert 200 == driver.get("Calls.json?StartTime=&EndTime=").status_code
