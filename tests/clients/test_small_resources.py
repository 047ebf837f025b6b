"""
What public programs read of the small resources of v1: each row is one kind of program.

Marks: V vendor material, C several public clients, c one (docs/fidelity.md). The programs are not
here: of each only the shape of its request stands, and the fields that it reads, with their types.
"""

import xml.etree.ElementTree as ET
from datetime import datetime

import pytest

from conftest import EXOPHONE, FROM, ORDINARY, TO, error_of

SALES = "08047112244"
SCENARIO = (
    f'account: {{exophones: ["{EXOPHONE}", {{number: "{SALES}", flow: 926}}], balance: 500.00}}\n'
    + ORDINARY
)
ENTRY = {"VirtualNumber": EXOPHONE, "Number": TO}
DATE = "%Y-%m-%d %H:%M:%S"


class Program:
    """A client that asks as public programs do; it keeps what it needs from one request to the next."""

    def __init__(self, driver):
        self.driver = driver
        self.v1 = driver.mock.base
        self.beta = f"{driver.mock.url}/v2_beta/Accounts/{driver.mock.sid}"

    def ask(self, method, url, **kwargs):
        """An answer that is exactly a 200, as programs test."""
        answer = self.driver.http.request(method, url, timeout=9, **kwargs)
        assert 200 == answer.status_code, answer.text
        return answer

    def call(self):
        """A call that has ended, as a GET shows it."""
        sid = self.driver.connect()
        self.driver.advance(600)
        return self.driver.call(sid)


def frappe_v1(program):
    """The CRM's `get_all_exophones`: whether the agent's number is among them, spelled `0…`."""
    found = program.ask("GET", f"{program.v1}/IncomingPhoneNumbers.json").json()
    return [
        each.get("IncomingPhoneNumber", {}).get("PhoneNumber")
        for each in found.get("IncomingPhoneNumbers", [])
    ]


def frappe_v2_beta(program):
    """The same where the CRM asks v2_beta: `friendly_name` is what it compares."""
    found = program.ask("GET", f"{program.beta}/IncomingPhoneNumbers").json()
    return [each["friendly_name"] for each in found["incoming_phone_numbers"]]


def bot_number(program):
    """A voice bot verifies the number that its user typed in, in E.164."""
    found = program.ask("GET", f"{program.beta}/IncomingPhoneNumbers").json()
    (mine,) = (
        each for each in found["incoming_phone_numbers"] if each["phone_number"] == "+918047112244"
    )
    return [type(mine["sid"]), mine["capabilities"]["voice"], type(mine["region"])]


def bot_paging(program):
    """Another bot asks page after page, until one is not full."""
    url, seen, page = f"{program.beta}/IncomingPhoneNumbers", [], 0
    while True:
        found = program.ask("GET", url, params={"Page": page, "PageSize": 1}).json()
        seen += [each["phone_number"] for each in found["incoming_phone_numbers"]]
        if len(found["incoming_phone_numbers"]) < found["page_size"]:
            return seen
        page += 1


def sid_as_user(program):
    """An old PHP CRM sends the account's Sid as user name, with the token."""
    mock = program.driver.mock
    auth = (mock.sid, mock.token)
    found = program.ask("GET", f"{program.beta}/IncomingPhoneNumbers", auth=auth).json()
    return len(found["incoming_phone_numbers"])


def assigns_a_flow(program):
    """A platform PUTs a flow to the number itself, with `.json`."""
    url = f"http://my.exotel.com/{program.driver.mock.sid}/exoml/start_voice/7"
    path = f"{program.beta}/IncomingPhoneNumbers/{SALES}.json"
    return program.ask("PUT", path, data={"VoiceUrl": url}).json()["voice_url"] == url


def whitelists(program):
    """A CRM whitelists a customer, and reads XML because it asked for nothing else."""
    answer = program.ask("POST", f"{program.v1}/CustomerWhitelist", data=ENTRY)
    return ET.fromstring(answer.content).findtext("Result/Succeeded")


def whitelists_in_the_query(program):
    """A dialler sends all in the query, with a slash at the path's end."""
    answer = program.ask("POST", f"{program.v1}/CustomerWhitelist/", params=ENTRY)
    return ET.fromstring(answer.content).findtext("Result/Succeeded")


def whitelist_metadata(program):
    """An npm package turns the XML of a look-up into JSON, and hands Result on."""
    program.ask("POST", f"{program.v1}/CustomerWhitelist", data=ENTRY)
    root = ET.fromstring(program.ask("GET", f"{program.v1}/CustomerWhitelist/{TO}").content)
    return [each.tag for each in root.find("Result")]


def expiry_below_zero(program):
    """A program takes `Expiry < 0` for "none", and whatever is above for seconds."""
    url = f"{program.v1}/CustomerWhitelist/{TO}.json"
    before = program.ask("GET", url).json()["Result"]["Expiry"] < 0
    program.ask("POST", f"{program.v1}/CustomerWhitelist", data=ENTRY)
    return before, program.ask("GET", url).json()["Result"]["Expiry"] < 0


def credentials(program):
    """Five programs check their credentials by a 200 of the account, and show its name."""
    found = program.ask("GET", f"{program.v1}.json").json()["Account"]
    return [found["Status"], type(found["FriendlyName"])]


def low_balance(program):
    """An alert parses the amount as a number."""
    found = program.ask("GET", f"{program.v1}/Balance.json").json()["Account"]["BalanceData"]
    return float(found["Balance"]), found["Currency"]


def participants(program):
    """A dialler lists everybody who took part."""
    sid = program.call()["Sid"]
    found = program.ask("GET", f"{program.v1}/Calls/{sid}/Legs.json").json()
    assert len(found["legs"]) == found["MetaData"]["Total"]
    return [(leg["PhoneNumber"], leg["Status"]) for leg in found["legs"]]


def hard_keys(program):
    """Two programs fail without Status and Price, and parse every date that is there."""
    call = program.call()
    for name in ("DateCreated", "DateUpdated", "StartTime", "EndTime"):
        datetime.strptime(call[name], DATE)  # noqa: DTZ007 - as they do
    return call["Status"], float(call["Price"])


ROWS = [
    ("C", "Frappe CRM, v1", frappe_v1, [EXOPHONE, SALES]),
    ("C", "Frappe CRM, v2_beta", frappe_v2_beta, [EXOPHONE, SALES]),
    ("c", "a voice bot's number", bot_number, [str, True, str]),
    ("c", "a bot that pages", bot_paging, ["+918047112233", "+918047112244"]),
    ("C", "Sid as user name", sid_as_user, 2),
    ("c", "a platform that assigns a flow", assigns_a_flow, True),
    ("C", "a CRM that whitelists", whitelists, "true"),
    ("C", "a dialler that whitelists", whitelists_in_the_query, "true"),
    ("c", "npm's node-exotel-whitelist", whitelist_metadata, ["Status", "Type", "Expiry"]),
    ("c", "Expiry below zero", expiry_below_zero, (True, False)),
    ("C", "a check of credentials", credentials, ["active", str]),
    ("V", "an alert of a low balance", low_balance, (500.0, "INR")),
    ("V", "all participants of a call", participants, [(FROM, "completed"), (TO, "completed")]),
    ("c", "hard keys of a call", hard_keys, ("completed", 0.5)),
]


class TestAProgram:
    @pytest.mark.parametrize(
        ("mark", "read", "expected"),
        [pytest.param(mark, read, expected, id=name) for mark, name, read, expected in ROWS],
    )
    def test_reads_what_it_needs(self, exchange, mark, read, expected):
        """Fields, types and status codes; each row names how many such programs are public."""
        assert mark in ("V", "C", "c")
        assert expected == read(Program(exchange(SCENARIO)))

    def test_that_calls_as_frappe_does_gets_its_call(self, exchange):
        """`make_a_call`: the number is one of the account's, then a connect with two events."""
        driver = exchange(SCENARIO)
        assert SALES in frappe_v1(Program(driver))
        answer = driver.post(
            "Calls/connect.json?details=true",
            data={
                "From": FROM, "To": TO, "CallerId": SALES, "Record": "true",
                "StatusCallback": "http://127.0.0.1:9/handle_request?key=k",
                "StatusCallbackEvents[0]": "terminal", "StatusCallbackEvents[1]": "answered",
            },
        )  # fmt: skip

        call = answer.json().get("Call", {})
        assert (FROM, TO, SALES) == (call["From"], call["To"], call["PhoneNumberSid"])
        assert 32 == len(call["Sid"])

    def test_that_calls_from_a_strange_number_is_told_in_frappes_way(self, exchange):
        """It shows RestException.Message of whatever raises for its status."""
        answer = exchange(SCENARIO).try_connect(CallerId="08047112255")
        assert "Could not find the CallerId" in error_of(answer)["Message"]

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "CustomerWhitelist/nobody"), ("POST", "CustomerWhitelist"),
            ("GET", "IncomingPhoneNumbers/nobody"), ("GET", "Calls/nobody/Legs"),
            ("GET", "Calls/nobody"), ("POST", "Calls/connect"), ("GET", "Recordings"),
            ("DELETE", "Balance"), ("GET", "Nowhere"),
        ],
    )  # fmt: skip
    def test_of_npm_finds_a_rest_exception_in_every_error(self, driver, method, path):
        """They read `parsed.TwilioResponse.RestException.Status` of whatever is no 200 (C)."""
        answer = driver.http.request(method, f"{driver.mock.base}/{path}", timeout=9)
        root = ET.fromstring(answer.content)

        assert "TwilioResponse" == root.tag
        assert str(answer.status_code) == root.findtext("RestException/Status")
        assert root.findtext("RestException/Message")
