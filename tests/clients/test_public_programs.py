"""
What public programs send to Calls/connect and Calls: each kind of request places its call.

Marks: V vendor material, C several public clients, c one (docs/fidelity.md), ? a spelling that the
contract asks for without naming a program. The inputs are our own words; of a program only the
shape of its request is kept. The vendor's old repository has seven
languages: 13 samples of a connect, ten of which send no CallerId.
"""

import pytest

from conftest import EXOPHONE, FROM, TO

FLOW = "http://my.exotel.com/acme1/exoml/start_voice/926"
OLD_FLOW = "http://my.exotel.in/exoml/start/926"
LEGS = {"From": FROM, "To": TO}
ORDER = LEGS | {"CallerId": EXOPHONE}


def form(fields, **more):
    """A form-urlencoded body."""
    return {"data": fields} | more


def parts(fields):
    """A multipart body."""
    return {"files": {name: (None, value) for name, value in fields.items()}}


# (what sends it, mark, path, request)
SAMPLES = [
    ("C#, agent", "V", "Calls/connect", form({**LEGS, "CallerID": EXOPHONE, "CallType": "trans"})),
    ("C#, flow", "V", "Calls/connect", form({"From": FROM, "Url": FLOW, "CallType": "trans"})),
    ("Go, agent", "V", "Calls/connect.json", form({**LEGS, "CallerType": "trans"})),
    ("Go, flow", "V", "Calls/connect.json", form({"From": FROM, "Url": FLOW, "CallerType": "trans"})),
    ("Java, agent", "V", "Calls/connect", parts(LEGS)),
    ("Java, flow", "V", "Calls/connect", parts({"From": FROM, "Url": FLOW})),
    ("Node, agent", "V", "Calls/connect",
     {"data": f"&From={FROM}&To={TO}&CallerId={EXOPHONE}&CallerType=promo",
      "headers": {"Content-Type": "application/x-www-form-urlencoded"}}),
    ("Node, flow, with To too", "V", "Calls/connect.json",
     form({**ORDER, "CallerType": "trans", "Url": FLOW},
          headers={"Accept": "application/x-www-form-urlencoded"})),
    ("PHP, agent", "V", "Calls/connect", form({**LEGS, "CallType": "promo"})),
    ("PHP, flow, with To too", "V", "Calls/connect", form({**LEGS, "Url": OLD_FLOW})),
    ("Python, agent", "V", "Calls/connect.json", form(LEGS)),
    ("Python, flow", "V", "Calls/connect.json", form({**LEGS, "Url": OLD_FLOW})),
    ("Ruby", "V", "Calls/connect.json", form(LEGS)),
]  # fmt: skip
STREAM = {"From": FROM, "CallerId": EXOPHONE, "StreamType": "bidirectional"}
PROGRAMS = [
    ("the OpenAPI's stream example", "V", form({**STREAM, "StreamUrl": "wss://bot.example.com/v1"})),
    ("a voice bot with credentials in its stream", "V",
     form({**STREAM, "StreamUrl": "wss://u:p@bot.example.com/", "Record": "true", "TimeLimit": "900"})),
    ("a voice bot, lower-case names", "c",
     form({"From": FROM, "CallerId": EXOPHONE, "streamurl": "wss://b.example.com/",
           "streamtype": "bidirectional"})),
    ("an agent stream beside a call", "V",
     form({**ORDER, "StreamUrl": "wss://b.example.com/", "StreamType": "bidirectional",
           "StreamBegin": "atLeg2connect", "StreamName": "assist"})),
    ("a dialler with SIP agents", "V", form({**ORDER, "From": "sip:agent7@pbx.example.com"})),
    ("a CRM that rings a desk", "c", form({**ORDER, "To": "sip:desk@pbx.example.com"})),
    ("a CRM, old flow Url", "C", form({**ORDER, "To": "", "Url": OLD_FLOW})),
    ("a helpdesk, flow Url without Sid", "C",
     form({**ORDER, "To": "", "Url": "https://my.exotel.com/exoml/start_voice/926"})),
    ("a shop, flow Url of the vendor's README", "V",
     form({**ORDER, "To": "", "Url": "https://my.exotel.in/start/926"})),
    ("a Mumbai account, flow Url", "C",
     form({**ORDER, "To": "", "Url": "https://my.in.exotel.com/acme1/exoml/start_voice/926"})),
    ("a bot that sends To and Url", "C", form({**ORDER, "Url": FLOW})),
    ("a spreadsheet's numbers", "?", form({**ORDER, "To": "+91 98222-00002", "From": "98111 00001"})),
    ("a flag as a number", "?", form({**ORDER, "Record": "1"})),
    ("a flag of Python", "C", form({**ORDER, "Record": "True"})),
    ("a flag as a word", "?", form({**ORDER, "Record": "yes"})),
    ("a constant in capitals", "?", form({**ORDER, "CallType": "TRANS"})),
    ("a template with blanks", "?", form({**ORDER, "TimeOut": " 30", "TimeLimit": "14400 "})),
    ("a dialler with a long ringing", "?", form({**ORDER, "TimeOut": "90"})),
    ("JSON in a CustomField", "C",
     form({**ORDER, "CustomField": '{"lead": 17, "campaign": "' + "x" * 200 + '"}'})),
    ("optionals that were not set", "C",
     form({**ORDER, "TimeLimit": "", "TimeOut": "0", "StatusCallback": "", "Record": "0"})),
    ("a retrying dialler", "V", form({**ORDER, "MaxRetries": "2", "CallType": "trans"})),
    ("all in the query, as JSON", "C",
     {"params": ORDER, "headers": {"Content-Type": "application/json"}}),
    ("details on a connect", "C", form(ORDER, params={"details": "true"})),
    ("events by index", "C",
     form({**ORDER, "StatusCallback": "http://127.0.0.1:9/", "StatusCallbackEvents[0]": "Terminal"})),
    ("events with ringing", "?",
     form({**ORDER, "StatusCallback": "http://127.0.0.1:9/", "StatusCallbackEvents": "ringing,answered"})),
]  # fmt: skip


class TestAVendorsSample:
    @pytest.mark.parametrize(
        ("path", "request_"), [pytest.param(*row[2:], id=row[0]) for row in SAMPLES]
    )
    def test_places_its_call(self, exchange, path, request_):
        """With the setting that lets a connect without CallerId through: ten of them need it."""
        driver = exchange(default_caller_id=True)

        response = driver.post(path, **request_)

        assert 200 == response.status_code, response.text
        driver.advance(200)
        (call,) = driver.calls()["Calls"]
        assert (FROM, "completed") == (call["From"], call["Status"])

    def test_sends_no_caller_id_in_ten_of_thirteen(self, driver):
        """Without the setting those are refused, as the documentation says."""
        answers = [driver.post(path, **request).status_code for _, _, path, request in SAMPLES]

        assert (3, 10) == (answers.count(200), answers.count(400))


class TestAPublicProgram:
    @pytest.mark.parametrize("request_", [pytest.param(row[2], id=row[0]) for row in PROGRAMS])
    def test_places_its_call(self, driver, request_):
        """Each kind of request that is seen in public is a call, and ends."""
        response = driver.post("Calls/connect.json", **request_)

        assert 200 == response.status_code, response.text
        driver.advance(200)
        assert "completed" == driver.call(response.json()["Call"]["Sid"])["Status"]


class TestABrokenProgram:
    @pytest.mark.parametrize(
        ("request_", "said"),
        [
            pytest.param({"json": ORDER}, "send a form", id="a JSON client (C)"),
            pytest.param(
                {"data": '{"From": "1"}',
                 "headers": {"Content-Type": "application/x-www-form-urlencoded"}},
                "send a form", id="curl -d with JSON (?)",
            ),
            pytest.param(
                {**parts(ORDER), "headers": {"Content-Type": "multipart/form-data"}},
                "names no boundary", id="a Content-Type set by hand (?)",
            ),
            pytest.param(
                {**parts(ORDER), "headers": {"Content-Type": "application/json"}},
                "names no boundary", id="parts that call themselves JSON (?)",
            ),
        ],
    )  # fmt: skip
    def test_is_told_what_is_wrong(self, driver, request_, said):
        """A sentence, not "From is missing"; and nothing is placed."""
        response = driver.post("Calls/connect.json", **request_)

        assert 400 == response.status_code
        assert said in response.headers["X-Exomock-Why"]
        driver.advance(200)
        assert 0 == driver.calls()["Metadata"]["Total"]
