"""docs/every-part.md is true: a row for each route, and a name for each that the code knows."""

import re
from urllib.parse import parse_qs

import pytest

from conftest import EXOPHONE, TO
from exomock.api.accounts import ABSENT, OF_CALLS
from exomock.api.connect_form import CONNECT_NAMES
from exomock.api.exophones import AvailableForm, FactsForm, PagingForm, RentalForm
from exomock.api.filter_form import FILTER_NAMES
from exomock.api.message_form import MESSAGE_NAMES
from exomock.api.message_records import MESSAGE_KEYS
from exomock.api.records import CALL_KEYS
from exomock.api.versions import PARTS
from exomock.api.whitelist import WhitelistForm
from exomock.app import routes
from exomock.delivery.body import BRIEF_ORDER, FORM_ORDER, JSON_ORDER
from exomock.domain.callback import EVENTS, SILENT_EVENTS
from pages import rows_of

PAGE = "docs/every-part.md"
WAYS = ("imitated", "simplified", "absent", "validated")


def surface():
    """Every method and path of v1 and v2_beta that leads to a view, as the page writes it."""
    for rule in routes().url_map.iter_rules():
        if not rule.rule.startswith("/v") or "any(" in rule.rule:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{found[1]}}}", rule.rule)
        for method in sorted(rule.methods - {"HEAD"}):
            yield f"{method} {path.replace('{account}', '{sid}')}"


def in_code(cell):
    """What a cell has in backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def names(of):
    """The names that the page has for a kind of thing."""
    return {name for row in rows_of(PAGE, "## Names") if row[0] == of for name in in_code(row[1])}


def parameters(*forms):
    """The parameters that forms read."""
    return {field.data_key for form in forms for field in form().fields.values()}


class TestEndpoints:
    def test_each_route_has_its_row_and_each_row_its_route(self):
        """Paths that are answered by name alone stand there without a method."""
        rows = [in_code(row[0])[0] for row in rows_of(PAGE, "## Endpoints")]

        assert len(rows) == len(set(rows))
        assert set(surface()) == {row for row in rows if " " in row}

    def test_each_part_that_is_not_imitated_has_its_row(self):
        rows = rows_of(PAGE, "## Endpoints")
        absent = {name for row in rows if "absent" in row[1] for name in in_code(row[0])}
        v1 = "/v1/Accounts/{sid}"

        assert {f"{v1}/{part}" for part in ABSENT} <= absent
        assert {f"{v1}/Calls/{{sid}}/{part}" for part in OF_CALLS} <= absent
        known = {name.rpartition("/")[2] for name in absent}
        assert set(PARTS["v2"]) <= known


class TestNames:
    @pytest.mark.parametrize(
        ("of", "known"),
        [
            ("a connect", CONNECT_NAMES),
            ("a list", FILTER_NAMES - {"RecordingUrlValidity"}),
            ("a list, a call", {"RecordingUrlValidity"}),
            ("a message", MESSAGE_NAMES),
            ("the answer: a message", {*MESSAGE_KEYS, "SMSMessage"}),
            ("a whitelist", parameters(WhitelistForm) | {"Language"}),
            ("an ExoPhone", parameters(RentalForm, FactsForm)),
            ("ExoPhones", parameters(PagingForm, AvailableForm)),
            ("a callback of a call", {*JSON_ORDER, *FORM_ORDER, *BRIEF_ORDER}),
            ("events", {*EVENTS, *SILENT_EVENTS}),
        ],
    )
    def test_of_what_is_read_and_sent_are_the_codes(self, of, known):
        """No more and no fewer."""
        assert {str(name) for name in known} == names(of)

    def test_of_a_messages_callback_are_what_is_sent(self, driver, receiver):
        """With a CustomField, which comes last."""
        text = {"From": EXOPHONE, "To": TO, "Body": "hello", "CustomField": "7"}
        driver.post("Sms/send.json", data=text | {"StatusCallback": receiver.url})
        driver.advance(600)
        (got,) = receiver.wait_for(1)
        assert set(parse_qs(got.raw.decode())) == names("a callback of a message")

    def test_of_a_call_are_all_there(self):
        assert set(CALL_KEYS) <= names("the answer: a call")

    def test_of_answers_are_all_there(self, driver):
        """Each key of a good answer of each resource, however deep."""
        sid = driver.connect()
        text = {"From": EXOPHONE, "To": TO, "Body": "hello"}
        message = driver.post("Sms/send.json", data=text).json()["SMSMessage"]["Sid"]
        driver.advance(600)
        paths = [
            ".json", f"Calls/{sid}.json?details=true", "Calls.json?details=true",
            f"Calls/{sid}/Legs.json", "Numbers/9811100001.json", "Balance.json",
            "CustomerWhitelist/9811100001.json", "Nowhere.json",
            f"SMS/Messages/{message}.json",
        ]  # fmt: skip
        beta = f"{driver.mock.url}/v2_beta/Accounts/exomock/IncomingPhoneNumbers/08047112233"
        answers = [
            driver.http.get(f"{driver.mock.base}{path if path == '.json' else '/' + path}").json()
            for path in paths
        ]
        answers.append(driver.http.get(beta).json())
        known = {name for row in rows_of(PAGE, "## Names") for name in in_code(row[1])}

        found = {key for answer in answers for key in keys(answer)}
        # Names that lists have for their records.
        assert found - known == {"Call", "Calls", "Numbers", "voice", "sms"}


class TestEachRow:
    @pytest.mark.parametrize(("heading", "column"), [("## Endpoints", 1), ("## Names", 2)])
    def test_says_how_far_it_is_imitated(self, heading, column):
        """One of four words, and for what is simplified, how."""
        for row in rows_of(PAGE, heading):
            word = re.match(r"\w+", row[column])[0]
            assert word in WAYS, row
            assert word != "simplified" or ": " in row[column], row


def keys(value):
    """Every key of an answer."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)
