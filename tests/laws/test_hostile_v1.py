"""Whatever a request holds, v1 answers it as Exotel would, or as a RestException: no 5xx, no HTML."""

from base64 import b64encode
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO
from surface import CONTROL, FUZZ, V1

PART_HEADS = (
    b"Content-Disposition: form-data", b"Content-Disposition: form-data; name",
    b'Content-Disposition: form-data; name=""', b'Content-Disposition: form-data; filename="x"',
    b"Content-Disposition: attachment", b"X: y", b"", b":", b"\xff: \x00",
    b'Content-Disposition: form-data; name="From"; filename="a"\r\nContent-Type: a/b; charset=\xff',
    b'Content-Disposition: form-data; name="To"\r\nContent-Type: text/plain; charset=no-such',
    b'Content-Disposition: form-data; name="To"\r\nContent-Type: text/plain; charset=utf-16',
    b"Content-Disposition: form-data; name*=utf-9''From",
    b"Content-Disposition: form-data; name*=utf-8''%ff",
    b'Content-Disposition: form-data; name="\xff"',
    b'Content-Disposition: form-data; name="StatusCallbackEvents[0]"',
    b'Content-Disposition: form-data; name="F\r\nrom"',
    b'Content-Disposition: form-data; name="CustomField"\r\nContent-Transfer-Encoding: base64',
)  # fmt: skip
NAMES = ("From", "To", "CallerId", "Url", "TimeLimit", "TimeOut", "Record", "CustomField",
         "StatusCallback", "StatusCallbackEvents", "StatusCallbackEvents[]", "CallType", "x",
         "Sid", "DateCreated", "Status", "Duration", "Price", "PageSize", "SortBy", "Before",
         "After", "details", "VirtualNumber", "Number", "PhoneNumber", "VoiceUrl", "SMSUrl",
         "FriendlyName")  # fmt: skip
ODD_BYTES = st.binary(max_size=12) | st.sampled_from([
    b"\x00", b"\x1b[2J", b"\xed\xa0\x80", b"\xff", b"\xef\xbf\xbf", "\u0663".encode(), b"9" * 400,
    b"http://[", b"http://a:99999/", b"http://u:p@h/", b"gte:1;lte:", b"eq:", b"exomock:leg1=",
    b"exomock:talk=1e999", b"NDAw", b"2024-02-30 00:00:00", b"lte:9999-12-31 23:59:59", FROM.encode(),
])  # fmt: skip

BETA = "/v2_beta/Accounts/t1/IncomingPhoneNumbers"


def at(where):
    """A path of the account's."""
    return where if where.startswith("/") else f"{V1}/{where}"


class TestARequestToV1:
    """Any parameters in any of the encodings that clients use, and in those that none uses."""

    @pytest.mark.parametrize("where", ["Calls/connect", "Calls/connect.json"])
    @pytest.mark.parametrize("head", PART_HEADS)
    def test_may_have_odd_parts(self, surface, head, where):
        """A part without a name is no parameter; the journal shows the request all the same."""
        given = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
        plain = [
            (b'Content-Disposition: form-data; name="%b"' % n.encode(), v.encode())
            for n, v in given.items()
        ]
        for value in (b"x", b"\xff\x00"):
            for parts in ([*plain, (head, value)], [(head, value), *plain]):
                body = (
                    b"".join(b"--bb\r\n%b\r\n\r\n%b\r\n" % part for part in parts) + b"--bb--\r\n"
                )
                surface.ask("POST", f"{V1}/{where}", body, "multipart/form-data; boundary=bb")
                surface.ask("POST", "/_exomock/echo", body, "multipart/form-data; boundary=bb")
        surface.ask("GET", f"{CONTROL}/requests")

    def test_without_a_name_in_one_part_places_its_call(self, surface):
        """What has no name says nothing about the call."""
        given = {"From": FROM, "To": TO, "CallerId": EXOPHONE}
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
            for n, v in given.items()
        ]
        body = "".join([*parts, "--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"])
        answer = surface.ask(
            "POST", f"{V1}/Calls/connect.json", body, "multipart/form-data; boundary=b"
        )

        assert 200 == answer.status_code
        (shown,) = surface.ask("GET", f"{CONTROL}/requests?limit=1").json()["requests"]
        assert given == shown["parameters"]

    @FUZZ
    @given(
        st.sampled_from(
            [
                "Calls/connect",
                "Calls/connect.json",
                "Calls",
                "Calls.json",
                "Numbers/9",
                "CustomerWhitelist",
                "CustomerWhitelist/9.json",
                "IncomingPhoneNumbers.json",
                "Balance",
                "Calls/x/Legs",
                BETA,
            ]
        ),
        st.lists(st.tuples(st.sampled_from(NAMES), ODD_BYTES), max_size=6),
        st.sampled_from(
            ["application/x-www-form-urlencoded", "text/plain; charset=utf-16", 'a;b="', ""]
        ),
        st.booleans(),
    )
    def test_may_have_any_values(self, surface, where, pairs, kind, in_query):
        """In body or query, well encoded."""
        given = [
            ("From", FROM.encode()),
            ("To", TO.encode()),
            ("CallerId", EXOPHONE.encode()),
            *pairs,
        ]
        text = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in given)
        if in_query:
            for method in ["POST"] if "connect" in where else ["GET", "POST", "DELETE"]:
                surface.ask(method, f"{at(where)}?{text}")
        else:
            surface.ask("POST", at(where), text.encode(), kind)

    @FUZZ
    @given(
        st.sampled_from(
            [b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"TRACE", b"FOO"]
        ),
        st.sampled_from(
            [
                V1,
                f"{V1}/Calls",
                f"{V1}/Calls/connect.json",
                "/_exomock/accounts/nobody",
                f"{CONTROL}/calls",
                f"{CONTROL}/requests",
                f"{CONTROL}/callbacks",
                "/_exomock/echo",
                "/",
            ]
        ),
        st.binary(max_size=12),
        st.binary(max_size=12),
    )
    def test_may_have_raw_bytes_in_its_path_and_query(self, surface, method, path, more, query):
        """As some clients send what they did not encode."""
        bad = b" \t\r\n\x00\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0?#"
        assume(not set(more) & set(bad) and not set(query) & set(bad))
        surface.raw(method + b" " + path.encode() + more + b"?" + query + b" HTTP/1.1")

    @pytest.mark.parametrize(
        "path",
        [V1, f"{V1}/Calls.json", f"{V1}/Calls/connect", f"{CONTROL}/calls", f"{CONTROL}/wait"],
    )
    @pytest.mark.parametrize(
        "query", [b"\xff", b"a=\xff", b"\xc3\xa9=\xff&timeout=0", b"%ff", b"%", b"&&=&"]
    )
    def test_may_have_a_query_that_is_no_utf8(self, surface, path, query):
        """And the journal that holds it can be read."""
        surface.raw(b"GET " + path.encode() + b"?" + query + b" HTTP/1.1")
        surface.ask("GET", f"{CONTROL}/requests")

    @FUZZ
    @given(st.binary(max_size=24))
    def test_may_have_any_credentials(self, surface, secret):
        """A key or token of any bytes: 200 in an open house, or a 4xx."""
        header = "Basic " + b64encode(secret).decode()
        surface.ask("GET", f"{V1}.json", Authorization=header)
        surface.ask("GET", "/v1/Accounts/moves-in.json", Authorization=header)


class TestTheJournalOfOddRequests:
    """Whatever was sent can be looked at, searched and taken away."""

    @FUZZ
    @given(st.lists(st.tuples(st.sampled_from(NAMES), ODD_BYTES), min_size=1, max_size=6))
    def test_is_shown_as_an_archive_and_as_a_page(self, surface, pairs):
        """In a query and in a body that is no form."""
        text = "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs)
        surface.ask("GET", f"{V1}/Calls.json?{text}")
        surface.ask(
            "POST", f"{V1}/Calls/connect.json", b"".join(each for _name, each in pairs), "a/b"
        )
        page = f"{surface.mock.url}{CONTROL.replace('accounts', 'console/accounts')}/journal"
        assert 200 == surface.http.get(f"{page}?{text}&q={text}", timeout=20).status_code
        assert surface.ask("GET", f"{CONTROL}/requests/har").json()["log"]["entries"]
