"""
Each row of the documented tables of Calls/connect and of Calls, run as requests.

Every parameter has a value that the service takes and, where one is known, a value that it refuses.
Marks: S the documentation, V vendor material, C several public clients, c one, ? nobody knows
(docs/fidelity.md). A `?` is accepted, and said in the why; an account with `strict: true` refuses it.
"""

import pytest

from conftest import EXOPHONE, FROM, NOON, TO, Driver, error_of, why_of
from exomock.api.connect_form import ConnectForm
from exomock.api.filter_form import FilterForm
from exomock.server import Exomock
from exomock.settings import Settings

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
FLOW = "http://my.exotel.com/acme1/exoml/start_voice/926"
HOOK = "http://127.0.0.1:9/hook?secret=1"
WAV = "https://example.com/wait.wav"

# (parameter, mark, value that is taken, what the why says of it)
TAKEN = [
    ("From", "S", "+919811100001", ""),
    ("From", "V", "sip:agent7@pbx.example.com", ""),
    ("To", "C", " 919822200002", "is taken as 09822200002"),
    ("To", "C", " 9822200002", "is taken as 09822200002"),
    ("CallerId", "C", "0804 711-2233", "is taken as 08047112233"),
    ("Url", "S", FLOW, ""),
    ("Url", "V/C", "https://my.in.exotel.com/acme1/exoml/start_voice/926", ""),
    ("Url", "C", "http://my.exotel.in/exoml/start/926", ""),
    ("Url", "C", "http://my.exotel.com/exoml/start/926", ""),
    ("Url", "V/C", "http://my.exotel.com/exoml/start_voice/926", ""),
    ("Url", "V/C", "http://my.exotel.in/exoml/start_voice/926", ""),
    ("Url", "V", "http://my.exotel.in/start/926", ""),
    ("Url", "V/?", "http://example.com/nowhere", "names no flow"),
    ("CallType", "S", "trans", ""),
    ("CallType", "C", "promo", ""),
    ("CallType", "?", "TRANS", "is taken as trans"),
    ("TimeLimit", "S", "1", ""),
    ("TimeLimit", "S", "14400", ""),
    ("TimeLimit", "C", "", ""),
    ("TimeOut", "S", "60", ""),
    ("TimeOut", "C", "0", ""),
    ("TimeOut", "?", "61", "is cut to 60"),
    ("WaitUrl", "S", WAV, ""),
    ("Record", "S", "true", ""),
    ("Record", "S", "false", ""),
    ("Record", "C", "True", ""),
    ("Record", "?", "1", "is taken as true"),
    ("RecordingChannels", "V", "dual", ""),
    ("RecordingFormat", "V", "mp3-hq", ""),
    ("CustomField", "V", "x" * 128, ""),
    ("CustomField", "?", "x" * 4096, "is taken whole"),
    ("StartPlaybackTo", "V", "Callee", ""),
    ("StartPlaybackTo", "c", "both", ""),
    ("StartPlaybackToNew", "S", "Both", ""),
    ("StartPlaybackValue", "V", WAV, ""),
    ("StartPlaybackValueNew", "S", WAV, ""),
    ("StatusCallback", "S", HOOK, ""),
    ("StatusCallback", "C", "", ""),
    ("StatusCallbackEvents[0]", "C", "terminal", ""),
    ("StatusCallbackEvents[]", "C", "answered", ""),
    ("StatusCallbackEvents", "C", ["terminal", "answered"], ""),
    ("StatusCallbackEvents", "C", "answered", ""),
    ("StatusCallbackEvents", "C", "terminal,answered", ""),
    ("StatusCallbackEvents", "?", "ringing,terminal", "'ringing' is taken and never sent"),
    ("StreamUrl", "V/C", "wss://bot.example.com/", "StreamType: is not given"),
    ("StreamType", "V", "bidirectional", ""),
    ("StreamName", "V", "assist", ""),
    ("StreamBegin", "V", "atLeg2connect", ""),
    ("MaxRetries", "V", "2", ""),
    ("MaxRetries", "?", "100", "is cut to 10"),
    ("StatusCallbackContentType", "S", "multipart/form-data", ""),
    ("StatusCallbackContentType", "V", "application/json", ""),
    ("CallerType", "C", "trans", "nobody reads the parameter 'CallerType'"),
]

INVALID = "Invalid Call Parameters: Invalid '{}' specified"
MISSING = "Bad or missing parameters"

# (parameter, mark, value that is refused, Message)
REFUSED = [
    ("From", "S", None, MISSING),
    ("To", "S", None, MISSING),
    ("CallerId", "S", None, MISSING),
    ("From", "C", "nobody", INVALID),
    ("CallType", "S", "bulk", INVALID),
    ("TimeLimit", "S", "14401", INVALID),
    ("TimeLimit", "S", "soon", INVALID),
    ("TimeOut", "S", "-1", INVALID),
    ("WaitUrl", "S", "wait.wav", INVALID),
    ("Record", "S", "maybe", INVALID),
    ("RecordingChannels", "V", "three", INVALID),
    ("RecordingFormat", "V", "ogg", INVALID),
    ("CustomField", "?", "x" * 4097, INVALID),
    ("StartPlaybackTo", "V", "Nobody", INVALID),
    ("StartPlaybackValue", "V", "wait.wav", INVALID),
    ("StatusCallback", "S", "not a url", INVALID),
    ("StatusCallbackEvents", "S", "hungup", INVALID),
    ("StatusCallbackContentType", "V", "text/plain", INVALID),
    ("StreamBegin", "c", "at Leg2connect", INVALID),
    ("MaxRetries", "V", "many", INVALID),
]

# (filter, mark, value that is taken, what the why says of it)
FILTERS = [
    ("Sid", "V", ",".join(["0" * 32] * 100), ""),
    ("DateCreated", "S", "gte:2026-02-20 00:00:00;lte:2026-03-01 00:00:00", ""),
    ("DateCreated", "S", "gte:2026-02-20 00:00:00", ""),
    ("DateCreated", "S", "lte:2026-02-20 00:00:00", ""),
    ("To", "S", ",".join([TO] * 5), ""),
    ("From", "S", "+919811100001", ""),
    ("From", "V", "sip:agent7@pbx.example.com", ""),
    ("PhoneNumber", "S", EXOPHONE, ""),
    ("Status", "S/V", "completed,busy", ""),
    ("Duration", "S", "gte:10s;lte:45s", ""),
    ("Duration", "S", "eq:30s", ""),
    ("Duration", "S", "10s", ""),
    ("Duration", "c", "10", ""),
    ("Price", "S", "gte:0.10;lte:1.0", ""),
    ("Price", "S", "eq:0.300030", ""),
    ("Direction", "V", "inbound,outbound-api", ""),
    ("PageSize", "S", "100", ""),
    ("PageSize", "?", "101", "is cut to 100"),
    ("SortBy", "S", "DateCreated:asc", ""),
    ("details", "S", "true", ""),
    ("RecordingUrlValidity", "V/c", "5", ""),
    ("To", "S", "", ""),
]

# (filter, mark, value that is refused, Message where one is known)
WRONG_FILTERS = [
    ("Sid", "V", ",".join(["0" * 32] * 101), None),
    ("DateCreated", "S", "gte:2026-01-01 00:00:00;lte:2026-02-20 00:00:00", None),
    ("DateCreated", "S", "gte:2025-01-01 00:00:00", None),
    ("DateCreated", "?", "gte:2026-02-20", None),
    ("To", "S", ",".join([TO] * 6), None),
    ("Status", "S/V", "finished", None),
    ("Duration", "S", "ten", None),
    ("Price", "S", "cheap", None),
    ("Direction", "c", "outbound",
     "valid values for Direction are inbound,outbound-dial,outbound-api"),
    ("StartTime", "c", "gte:2026-02-20 00:00:00", "Invalid parameter"),
    ("EndTime", "c", "gte:2026-02-20 00:00:00", "Invalid parameter"),
    ("PageSize", "S", "0", None),
    ("SortBy", "S", "Price:asc", None),
    ("RecordingUrlValidity", "V", "4", None),
    ("RecordingUrlValidity", "V", "61", None),
    ("Before", "S", "no cursor", None),
    ("After", "S", "no cursor", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def one():
    """One server for all rows, its clock frozen."""
    with Exomock(settings=Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


@pytest.fixture(scope="module")
def strict():
    """One that refuses what nobody knows."""
    with Exomock("account: {strict: true}", Settings(rate=0), start_at=NOON) as mock:
        yield Driver(mock)


def ids(rows):
    """A row as its parameter, its mark, and the beginning of its value."""
    return [pytest.param(*row, id=f"{row[0]}={str(row[2])[:30]} ({row[1]})") for row in rows]


class TestConnect:
    @pytest.mark.parametrize(("name", "mark", "value", "why"), ids(TAKEN))
    def test_takes_what_the_table_says(self, one, strict, name, mark, value, why):
        """200 and a call; the why says what was taken otherwise; strict refuses the doubtful."""
        fields = {name: value} | ({"To": None} if name == "Url" else {})
        answer = one.try_connect(**fields)

        assert 200 == answer.status_code, answer.text
        assert "in-progress" == answer.json()["Call"]["Status"]
        assert why in why_of(answer)
        if mark == "?":
            assert why
            assert 400 == strict.try_connect(**fields).status_code
        elif mark in ("S", "C"):
            assert 200 == strict.try_connect(**fields).status_code

    @pytest.mark.parametrize(("name", "mark", "value", "message"), ids(REFUSED))
    def test_refuses_what_the_table_says(self, one, name, mark, value, message):
        """400 in the service's words; the why names the parameter and what was expected."""
        answer = one.try_connect(**{name: value})

        assert mark
        assert (400, message.format(name)) == (answer.status_code, error_of(answer)["Message"])
        assert why_of(answer).startswith(f"{name}: ")

    def test_takes_to_beside_url_and_says_that_it_is_ignored(self, one, strict):
        """Nobody knows (?): three programs live on it, one was refused."""
        answer = one.try_connect(Url=FLOW)

        assert (200, EXOPHONE) == (answer.status_code, answer.json()["Call"]["To"])
        assert "To: is ignored" in why_of(answer)
        assert 400 == strict.try_connect(Url=FLOW).status_code

    def test_has_a_row_for_each_parameter_that_it_reads(self):
        """A new one must stand in the table."""
        rows = {name.partition("[")[0] for name, *_ in TAKEN}

        assert set() == {field.data_key for field in ConnectForm._declared_fields.values()} - rows


class TestAList:
    @pytest.mark.parametrize(("name", "mark", "value", "why"), ids(FILTERS))
    def test_takes_what_the_table_says(self, one, strict, name, mark, value, why):
        """200 and a page."""
        answer = one.get("Calls.json", params={name: value})

        assert 200 == answer.status_code, answer.text
        assert why in why_of(answer)
        expected = 400 if mark == "?" else 200
        assert expected == strict.get("Calls.json", params={name: value}).status_code

    @pytest.mark.parametrize(("name", "mark", "value", "message"), ids(WRONG_FILTERS))
    def test_refuses_what_the_table_says(self, one, name, mark, value, message):
        """400; in the service's words where they are known."""
        answer = one.get("Calls.json", params={name: value})

        assert mark
        assert 400 == answer.status_code
        assert message in (None, error_of(answer)["Message"])
        assert name in why_of(answer)

    def test_has_a_row_for_each_filter_that_it_reads(self):
        """A new one must stand in the tables."""
        rows = {name for name, *_ in [*FILTERS, *WRONG_FILTERS]}

        assert set() == {field.data_key or name for name, field in FilterForm._declared_fields.items()} - rows  # fmt: skip
