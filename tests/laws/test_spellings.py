"""A parameter in any spelling of the contract makes the same order as in its documented one."""

import gzip
import json
import os
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO
from exomock.api.connect_form import ConnectForm, connect_form
from exomock.api.filter_form import FILTERS
from exomock.api.spelling import plainly
from exomock.domain.flow_url import flow_of

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 60
law = settings(max_examples=MANY, deadline=None)

ORDER = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
BLANKS = st.text(" \t", max_size=3)
# Source: exotel-v1.md section 2, the table and "Liberal in what it takes".
WORDS = {
    "CallType": ["trans", "promo"],
    "RecordingChannels": ["single", "dual"],
    "RecordingFormat": ["mp3", "mp3-hq"],
    "StartPlaybackTo": ["Callee", "Both"],
    "StatusCallbackContentType": ["multipart/form-data", "application/json"],
    "StreamBegin": ["atLeg1connect", "atLeg2connect"],
}
FLAGS = {"true": ["true", "1", "yes"], "false": ["false", "0", "no"]}
WHOLES = {"TimeLimit": 14_400, "TimeOut": 60, "MaxRetries": 10}
FILTER_WORDS = {
    "Status": ["completed", "no-answer", "busy,failed"],
    "Direction": ["inbound", "outbound-api,outbound-dial"],
    "SortBy": ["DateCreated:asc", "DateCreated:desc"],
    "Duration": ["gte:10s;lte:45s", "eq:30s", "10s"],
    "Price": ["gte:0.10;lte:1.0", "0.5"],
    "DateCreated": ["gte:2026-02-01 10:00:00;lte:2026-02-20 10:00:00"],
}


def ordered(**fields):
    """The order of a form, and what is said to be taken otherwise."""
    sent = ORDER | fields
    form = connect_form(60, sent)
    plain, taken = form.taken(sent)
    return form.load(plain), taken


def filtered(**query):
    """The list that is asked for, and what is said to be taken otherwise."""
    plain, taken = plainly(query, FILTERS.readers)
    return FILTERS.load(plain), taken


@st.composite
def in_other_case(draw, word):
    """A word with each letter in either case, blanks around it."""
    letters = (draw(st.sampled_from([each.lower(), each.upper()])) for each in word)
    return f"{draw(BLANKS)}{''.join(letters)}{draw(BLANKS)}"


class TestAnOrder:
    @law
    @given(st.data(), st.sampled_from([(n, w) for n, ws in WORDS.items() for w in ws]))
    def test_is_the_same_for_a_word_in_any_case_with_blanks(self, data, named):
        """`TRANS`, ` Both `: what is meant is taken, and said."""
        name, word = named
        spelled = data.draw(in_other_case(word))

        order, taken = ordered(**{name: spelled})

        assert ordered(**{name: word})[0] == order
        assert ([] if spelled == word else [name]) == [each.name for each in taken]

    @law
    @given(st.data(), st.sampled_from([(plain, w) for plain, ws in FLAGS.items() for w in ws]))
    def test_is_the_same_for_record_in_any_spelling(self, data, named):
        """`Record=1/0/yes/no`, `True`."""
        plain, word = named
        order, _taken = ordered(Record=data.draw(in_other_case(word)))

        assert ordered(Record=plain)[0] == order

    @law
    @given(st.sampled_from(sorted(WHOLES)), st.data(), BLANKS, BLANKS, st.sampled_from(["", "+"]))
    def test_is_the_same_for_a_number_with_blanks(self, name, data, before, after, sign):
        """` 30`, `+30`, `30.0`."""
        plain = str(data.draw(st.integers(1, WHOLES[name])))
        tail = data.draw(st.sampled_from(["", ".0", ".00"]))

        order, taken = ordered(**{name: f"{before}{sign}{plain}{tail}{after}"})

        assert ordered(**{name: plain})[0] == order
        assert bool(before or sign or tail or after) is bool(taken)

    @law
    @given(st.integers(61, 10**15))
    def test_has_its_time_out_cut(self, seconds):
        """Over the setting it is cut, and said."""
        order, taken = ordered(TimeOut=str(seconds))

        assert 60 == order.time_out
        assert [("TimeOut", True)] == [(each.name, each.doubtful) for each in taken]

    @law
    @given(st.sampled_from(["From", "To", "CallerId"]), st.data(), BLANKS)
    def test_is_about_the_same_number_in_any_spelling(self, name, data, after):
        """Blanks, dashes and brackets between the digits change no number; it is said."""
        field = {"From": "from_", "To": "to", "CallerId": "exophone"}[name]
        digits = "9" + data.draw(st.text("0123456789", min_size=9, max_size=9))
        prefix = data.draw(st.sampled_from(["+91 ", "+91-", "0", "91 ", "", "0-"]))
        cut = data.draw(st.integers(2, 8))
        between = data.draw(st.sampled_from([" ", "-", " - ", ".", ""]))
        spelled = f"{prefix}{digits[:cut]}{between}{digits[cut:]}{after}"

        order, taken = ordered(**{name: spelled})

        assert f"+91{digits}" == getattr(order, field).e164
        assert spelled.strip() == getattr(order, field).sent
        assert all(not each.doubtful for each in taken)

    @law
    @given(
        st.from_regex(r"[a-z0-9]{1,20}", fullmatch=True), st.sampled_from(["From", "To"]), BLANKS
    )
    def test_holds_a_sip_address_as_it_was(self, user, name, blanks):
        """It is no number: nothing is added to it and nothing taken away."""
        address = f"sip:{user}@Pbx.example.com;transport=tls"

        order, _taken = ordered(**{name: blanks + address})

        party = order.from_ if name == "From" else order.to
        assert (address, address) == (party.sent, party.shown)

    @law
    @given(st.data())
    def test_has_its_custom_field_whole_up_to_4096_characters(self, data):
        """Beyond the documented 128 it is said."""
        text = "x" * data.draw(st.integers(1, 4096))
        order, taken = ordered(CustomField=text)

        assert text == order.custom_field
        assert (len(text) > 128) is bool(taken)

    def test_is_the_same_for_events_in_any_case(self):
        order, taken = ordered(StatusCallbackEvents=["Terminal", " ANSWERED"])

        assert ("terminal", "answered") == order.events
        assert ["StatusCallbackEvents"] == [each.name for each in taken]

    def test_says_nothing_of_what_is_documented(self):
        """Every parameter in its documented spelling is taken as it was sent."""
        fields = {name: words[0] for name, words in WORDS.items()}
        fields |= {"Record": "true", "TimeOut": "30", "TimeLimit": "300", "MaxRetries": "2"}
        fields |= {"StatusCallbackEvents": ["terminal", "answered"], "CustomField": "x"}
        fields |= {"StreamUrl": "wss://bot.example.com/a", "StreamType": "bidirectional"}

        assert [] == ordered(**fields)[1]
        assert set(ConnectForm(60).readers) >= set(fields)


class TestAList:
    @law
    @given(st.data(), st.sampled_from([(n, w) for n, ws in FILTER_WORDS.items() for w in ws]))
    def test_is_the_same_for_a_filter_in_any_case_with_blanks(self, data, named):
        """`Completed`, `GTE:10S`, ` datecreated:DESC`."""
        name, word = named
        found, taken = filtered(**{name: data.draw(in_other_case(word))})

        assert filtered(**{name: word})[0] == found
        assert {name} >= {each.name for each in taken}

    @law
    @given(st.integers(101, 10**15))
    def test_has_its_page_size_cut(self, size):
        found, taken = filtered(PageSize=str(size))

        assert 100 == found.asked.size
        assert ["PageSize"] == [each.name for each in taken]

    @pytest.mark.parametrize("size", ["0", "-1", "ten"])
    def test_refuses_a_page_size_that_no_reading_can_save(self, driver, size):
        assert 400 == driver.get("Calls.json", params={"PageSize": size}).status_code

    def test_finds_a_sip_address(self, driver):
        """As it was, in a comma list too."""
        sid = driver.connect(From="sip:agent7@pbx.example.com")
        driver.advance(3600)

        for asked in ("sip:agent7@pbx.example.com", "sip:x@y,sip:agent7@pbx.example.com"):
            assert [sid] == [row["Sid"] for row in driver.calls(From=asked)["Calls"]]
        assert [] == driver.calls(From="sip:agent@pbx.example.com")["Calls"]


FLOWS = st.builds(
    "{}://my.{}exotel.{}/{}{}/{}".format,
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["", "in.", "IN."]),
    st.sampled_from(["com", "in", "COM"]),
    st.sampled_from(["acme1/exoml/", "exoml/", "", "/exoml/"]),
    st.sampled_from(["start_voice", "start"]),
    st.just("926"),
)


class TestAFlowUrl:
    @law
    @given(FLOWS, st.sampled_from(["", "/", "?a=1", "#x"]))
    def test_leads_to_its_flow_in_every_form(self, url, end):
        """With and without Sid, `exoml`, `in.`, https. exotel-v1.md section 2."""
        assert ("926", False) == flow_of(url + end)

    @pytest.mark.parametrize(
        "url",
        [
            "https://my.exotel.com/", "https://my.exotel.com/926", "https://exotel.com/start/926",
            "https://my.exotel.com.evil.test/start/926", "https://my.exotel.com/start/926/more",
            "https://my.exotel.com/start/", "https://example.com/exoml/start/926",
        ],
    )  # fmt: skip
    def test_leads_to_none_elsewhere(self, url):
        assert (url, True) == flow_of(url)

    def test_may_lack_its_scheme(self, driver):
        response = driver.try_connect(To=None, Url="my.exotel.in/exoml/start/926")

        assert 200 == response.status_code
        assert "Url: " in response.headers["X-Exomock-Why"]


def form_of(fields):
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode()


class TestABody:
    @pytest.mark.parametrize(
        ("pack", "coding"),
        [(gzip.compress, "gzip"), (gzip.compress, "X-GZIP"), (gzip.compress, None),
         (zlib.compress, "deflate")],
    )  # fmt: skip
    def test_that_was_compressed_is_unpacked_and_said(self, driver, pack, coding):
        """It makes the order that it would make plain, and the journal shows its parameters."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        headers |= {} if coding is None else {"Content-Encoding": coding}

        response = driver.post("Calls/connect.json", data=pack(form_of(ORDER)), headers=headers)

        assert (200, FROM) == (response.status_code, response.json()["Call"]["From"])
        assert "it was unpacked" in response.headers["X-Exomock-Why"]
        journal = driver.http.get(f"{driver.mock.url}/_exomock/accounts/exomock/requests").json()
        assert TO == journal["requests"][-1]["parameters"]["To"]

    @pytest.mark.parametrize(
        ("body", "coding", "status", "said"),
        [
            (gzip.compress(b"x" * 3_000_000), "gzip", 413, "max-body"),
            (gzip.compress(form_of(ORDER))[:-9], "gzip", 400, "cut off"),
            (gzip.compress(form_of(ORDER)) + b"more", "gzip", 400, "something follows"),
            (form_of(ORDER), "gzip", 400, "cannot be unpacked"),
            (form_of(ORDER), "br", 400, "compressed as 'br'"),
        ],
        ids=["too long", "cut off", "more", "not packed", "brotli"],
    )
    def test_that_cannot_be_unpacked_is_told_why(self, driver, body, coding, status, said):
        """And no more of it is unpacked than a plain body may have."""
        headers = {"Content-Encoding": coding}
        response = driver.post("Calls/connect.json", data=body, headers=headers)

        assert status == response.status_code
        assert said in response.headers["X-Exomock-Why"]
        assert "was unpacked" not in response.headers["X-Exomock-Why"]

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "application/json", "text/plain", None]
    )
    def test_in_json_is_told_to_send_a_form_whatever_it_calls_itself(self, driver, kind):
        """Not "From is missing"."""
        headers = {} if kind is None else {"Content-Type": kind}
        body = json.dumps(ORDER).encode()

        response = driver.post("Calls/connect.json", data=body, headers=headers)

        assert 400 == response.status_code
        assert "send a form" in response.headers["X-Exomock-Why"]

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ("multipart/form-data", "names no boundary"),
            ("multipart/form-data; charset=utf-8", "names no boundary"),
            ("application/json", "names no boundary"),
            ("application/x-www-form-urlencoded", "names no boundary"),
            ("multipart/form-data; boundary=other", "none of the parts"),
        ],
    )
    def test_in_parts_that_cannot_be_told_apart_is_told_so(self, driver, kind, said):
        part = '--b\r\nContent-Disposition: form-data; name="From"\r\n\r\n1\r\n--b--\r\n'

        response = driver.post(
            "Calls/connect.json", data=part.encode(), headers={"Content-Type": kind}
        )

        assert 400 == response.status_code
        assert said in response.headers["X-Exomock-Why"]

    @pytest.mark.parametrize("kind", ["multipart/form-data", "application/x-www-form-urlencoded"])
    def test_does_not_matter_beside_a_query_with_all_parameters(self, driver, kind):
        response = driver.post(
            "Calls/connect.json", params=ORDER, data=b'{"a": 1}', headers={"Content-Type": kind}
        )

        assert 200 == response.status_code


DOUBTS = {
    "CallType": "TRANS", "TimeOut": "61", "CustomField": "x" * 129, "Record": "yes",
    "StatusCallbackEvents": "ringing", "StreamUrl": "https://bot.example.com/",
    "Url": "my.exotel.in/start/926", "TimeLimit": " 30", "MaxRetries": "11",
}  # fmt: skip


class TestAStrictAccount:
    @pytest.mark.parametrize(("name", "value"), DOUBTS.items())
    def test_refuses_what_nobody_knows_and_others_take(self, exchange, name, value):
        """Another account takes the same, and says it."""
        strict, other = exchange("account: {strict: true}\n"), exchange()

        refused, taken = strict.try_connect(**{name: value}), other.try_connect(**{name: value})

        assert (400, 200) == (refused.status_code, taken.status_code)
        assert f"{name}: " in taken.headers["X-Exomock-Why"]
        assert "strict" in refused.headers["X-Exomock-Why"]
        strict.advance(3600)
        assert 0 == strict.calls()["Metadata"]["Total"]

    @pytest.mark.parametrize(
        "fields",
        [
            {}, {"Record": "True"}, {"Record": "0"}, {"From": "+91 98111-00001"},
            {"From": "sip:agent7@pbx.example.com"}, {"TimeOut": "60"}, {"TimeLimit": ""},
        ],
    )  # fmt: skip
    def test_takes_what_exotel_is_known_to_take(self, exchange, fields):
        assert 200 == exchange("account: {strict: true}\n").try_connect(**fields).status_code

    def test_refuses_a_page_size_over_100(self, exchange):
        driver = exchange("account: {strict: true}\n")

        response = driver.get("Calls.json", params={"PageSize": "101"})

        assert 400 == response.status_code
        assert "PageSize" in response.headers["X-Exomock-Why"]
