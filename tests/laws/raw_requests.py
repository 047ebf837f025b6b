"""Malformed HTTP requests: a table of kinds, drawn and mutated from a seed and a number."""

from base64 import b64encode
from dataclasses import dataclass
from random import Random
from urllib.parse import urlencode

TOKEN = b64encode(b"exomock-key:exomock-token").decode()
CONNECT = "/v1/Accounts/exomock/Calls/connect"
FORM = "application/x-www-form-urlencoded"

PATHS = (
    CONNECT, f"{CONNECT}.json", "/v1/Accounts/exomock/Calls", "/v1/Accounts/exomock/Calls.json",
    "/v1/Accounts/exomock", "/v1/Accounts/exomock/Numbers/09811100001.json", "/_exomock/health",
    "/_exomock/echo", "/_exomock/accounts", "/_exomock/accounts/exomock/next",
    "/_exomock/accounts/exomock/requests/verify", "/_exomock/accounts/exomock/clock/advance",
    "/_exomock/openapi.json", "/", "//", "/v1", "/..%2f", "/%00", "/%ff%fe", "/%", "/?", "/?a=%zz&&=",
    "/_exomock/accounts/exomock/calls?limit=-1", "*",
)  # fmt: skip
TOKENS = (
    b"\r\n", b"\n", b"\r", b"\0", b":", b" ", b"\t", b"%00", b"-1", b"\xff\xfe", b"\xc3\x28", b";",
    b"\r\n\r\n", b"0\r\n\r\n", b"chunked", b"Content-Length: 5\r\n", b"{", b'"', b"=", b"&", b"\x1b[2J",
)  # fmt: skip
ENDINGS = ("wait",) * 5 + ("half-close",) * 3 + ("close", "reset")
"""What a client does after its last byte: `wait` reads first, and half-closes when it is quiet."""


@dataclass(frozen=True)
class Raw:
    """
    A request as it goes on the wire.

    Args:
        index: Its number; with the seed it gives the same request again.
        kind: The row of the table that it was made by.
        data: Its bytes.
        ending: What the client does then.
        field: The CustomField of the call that it asks for.
        cut: Whether its body ends before its length or its last chunk: no call may come of it.
    """

    index: int
    kind: str
    data: bytes
    ending: str
    field: str
    cut: bool


class Draw:
    """The chance of one request, and the pieces that requests are made of."""

    def __init__(self, seed: int, index: int):
        self.random = Random(f"{seed}/{index}")
        self.field = f"fuzz-{index}"
        self.one = self.random.choice

    def body(self) -> bytes:
        """A form that places a call."""
        fields = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}
        return urlencode(fields | {"CustomField": self.field}).encode()

    def junk(self, most: int) -> bytes:
        """Any bytes, at most so many."""
        return self.random.randbytes(self.random.randint(1, most))

    def head(
        self, *lines: str, method: str = "POST", path: str = CONNECT, kind: str = FORM
    ) -> bytes:
        """A head with the credentials and these lines, and the empty line after it."""
        given = (f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Basic {TOKEN}")
        return "\r\n".join((*given, f"Content-Type: {kind}", *lines, "", "")).encode("latin-1")

    def post(self, *lines: str, body: bytes | None = None, **kwargs: str) -> bytes:
        """A whole request with its right length, after these lines."""
        sent = self.body() if body is None else body
        return self.head(*lines, f"Content-Length: {len(sent)}", **kwargs) + sent

    def get(self, *lines: str, path: str = "/_exomock/health") -> bytes:
        """A whole request without a body."""
        return self.head(*lines, method="GET", path=path)

    def chunks(self, body: bytes) -> bytes:
        """A body in chunks, without the last one."""
        at = self.random.randint(1, len(body))
        return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (body[:at], body[at:]) if p)


def chunked(d, tail, *lines):
    """A chunked request whose body goes on as `tail` says."""
    return d.head("Transfer-Encoding: chunked", *lines) + tail


def wrong_chunk(d):
    size = d.one((
        b"zz", b"-5", b"+5", b"0x10", b"", b" 5", b"5 ", b"5;", b"5;a=\x00", b"F" * 16, b"F" * 17,
        b"1" * 5000, b"5\r", b"\xff", b"5\n", b"1e1", b"ffffff", b"7fffffffffffffff", b"8000000000000000",
    ))  # fmt: skip
    return chunked(d, size + b"\r\n" + d.body() + d.one((b"", b"\r\n0\r\n\r\n", b"0\r\n\r\n")))


def wrong_length(d):
    length = d.one((
        "-5", "+5", "5, 5", "abc", "", "1e3", "0x5", " ", "5 5", "1.0", "\xb2", str(2**31), str(2**63),
        str(2**64), "9" * 400, "05", "5;", "-0",
    ))  # fmt: skip
    return d.head(f"Content-Length: {length}") + d.one((d.body(), b"", b"hello"))


def both_lengths(d):
    length = f"Content-Length: {d.one((0, 5, len(d.body())))}"
    lines = d.one(([length, "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", length]))
    return d.head(*lines) + d.one((d.chunks(d.body()) + b"0\r\n\r\n", d.body()))


def encoding(d):
    said = d.one(
        (
            "gzip",
            "chunked, gzip",
            "gzip, chunked",
            "xchunked",
            "identity",
            "chunked, chunked",
            "",
            "\x0bchunked",
            "Chunked",
        )
    )
    return d.head(f"Transfer-Encoding: {said}") + d.chunks(d.body()) + b"0\r\n\r\n"


def flood(d):
    lines = d.one((
        [f"X-{i}: {i}" for i in range(d.one((90, 101, 500, 5000)))],
        ["X-Long: " + "a" * d.one((9_000, 70_000, 300_000))],
        ["X" * d.one((300, 70_000)) + ": a"],
        ["Cookie: a=b"] * 200,
    ))  # fmt: skip
    return d.one((d.post(*lines), d.get(*lines)))


def odd_line(d):
    line = d.one((
        "X-Null: a\0b", "X Y: space", ": no name", "no colon", " folded: a", "\tfolded", "X-A : b",
        "X-High: \xff\xfe", "X-Esc: \x1b[31m", "X-Cr: a\rb", "Host: two", 'Content-Type: a;b;c="',
        "Authorization: Basic %%%", "Authorization: Basic " + "A" * 9, "Authorization: Bearer \xff",
        "Accept: \0", "Content-Encoding: gzip", "Origin: null", "Host: [::1", "Host: a b", "Host:",
        "X-Forwarded-Host: \x00", "Range: bytes=0-0", "Connection: close, upgrade", "Connection: \x00",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13",
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    ))  # fmt: skip
    return d.one((d.post(line), d.get(line)))


def odd_first_line(d):
    line = d.one((
        "GET /", "GET", "", " ", "GET  /  HTTP/1.1", "get / HTTP/1.1", "GET / HTTP/9.9", "GET / HTTP/1.0",
        "GET / HTTP/11", "GET / HTTP/1.", "GET / http/1.1", "GET / HTTP/1.1 x", "\0 / HTTP/1.1", "GET \0 HTTP/1.1",
        "G\xcbT / HTTP/1.1", "GET /\xff\xfe HTTP/1.1", "OPTIONS * HTTP/1.1", "CONNECT a:1 HTTP/1.1", "GET ? HTTP/1.1",
        "GET http://127.0.0.1/_exomock/health HTTP/1.1", "GET http:// HTTP/1.1", "GET ftp://[::1 HTTP/1.1", "GET # HTTP/1.1",
        "GET //[/ HTTP/1.1", "GET http://user:pw@[/ HTTP/1.1", "TRACE / HTTP/1.1", "FOO-BAR /v1 HTTP/1.1", "M" * 5000 + " / HTTP/1.1",
        f"GET /{'a' * d.one((9_000, 70_000, 200_000))} HTTP/1.1", f"GET /?{'a&' * 40_000} HTTP/1.1", "HEAD /_exomock/health HTTP/1.1",
        "POST /_exomock/health HTTP/1.1", "GET /v1/Accounts/%0d%0aX:%20y/Calls HTTP/1.1", "GET /v1/Accounts/exomock/Calls/\x7f HTTP/1.1",
    ))  # fmt: skip
    return f"{line}\r\nHost: 127.0.0.1\r\nAuthorization: Basic {TOKEN}\r\n\r\n".encode("latin-1")


def preface(d):
    return d.one((
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0",
        bytes.fromhex("160301007a010000760303") + d.random.randbytes(112),
        b"SSH-2.0-OpenSSH_9.6\r\n", b"EHLO localhost\r\n", b"\x05\x01\x00", b"*1\r\n$4\r\nPING\r\n",
        b"\0" * 100, b"\r\n" * 100, b"\n" * 100, b"\xff" * 1000, b"",
    ))  # fmt: skip


def odd_body(d):
    kind, body = d.one((
        ("multipart/form-data", d.body()), ("multipart/form-data; boundary=", d.body()),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="From"\r\n\r\na'),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--\r\n"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="From"; filename="a"\r\n\r\na\r\n--x--'),
        ("multipart/form-data; boundary=" + "x" * 300, b"--" + b"x" * 300 + b"--"),
        (FORM, b"From=%ff%fe&To=%00&CallerId=%zz"), (FORM, b"&&&==="), (FORM, b"From[]=1&From[a]=2"), (FORM, d.junk(500)),
        (FORM, b"a=b&" * 20_000), (FORM, b"From=" + b"9" * 100_000), ("text/plain; charset=nope", d.body()),
        (FORM + "; charset=utf-16", d.body()), ("application/json", b"[" * d.one((50, 985, 5000))), ("application/json", b"{}"),
        ("application/json", b'{"a":' * 1000), ("application/json", d.junk(50)), ("application/json", b'"\\ud800"'),
        ("application/json", b"1e999"), ("application/json", b"9" * 5000), ("application/json", b"NaN"), ("application/json", b"null"),
        ("application/json", b'{"calls": 2, "leg2": "busy"}'), ("application/json", b'{"seconds": 1e308}'), ("application/yaml", b"&a [*a]"),
        ("application/json", b'{"seconds": -1}'), ("application/json", b'{"seconds": 1}'), ("application/json", b"\xef\xbb\xbf{}"),
    ))  # fmt: skip
    return d.post(body=body, path=d.one((*PATHS[:2], *PATHS[7:12])), kind=kind)


def expecting(d):
    said = d.one(("100-continue", "100-Continue", "nonsense", ""))
    whole = d.chunks(d.body()) + b"0\r\n\r\n"
    return d.one(
        (d.post(f"Expect: {said}"), d.get(f"Expect: {said}"), chunked(d, whole, f"Expect: {said}"))
    )


def pipelined(d):
    some = [
        d.get(),
        d.post(),
        d.get(path=d.one(PATHS)),
        wrong_length(d),
        odd_line(d),
        odd_first_line(d),
        d.junk(50),
    ]
    return b"".join(d.random.sample(some, 2))


def half_sent(d):
    whole = d.one((d.post("X-A: b"), d.get("X-A: b"), d.get(path=d.one(PATHS))))
    head = whole.index(b"\r\n\r\n")
    return whole[: d.random.randint(1, head + 3)]


def bare_lines(d):
    return d.one((d.post(), d.get(), odd_line(d))).replace(
        b"\r\n", d.one((b"\n", b"\r", b"\n\r", b"\r\r\n"))
    )


def ordinary(d):
    whole = chunked(d, d.chunks(d.body()) + b"0\r\n\r\n")
    return d.one((d.post(), d.get(path=d.one(PATHS)), whole, d.post(path=d.one(PATHS))))


def twice(d):
    first, second = d.one(((5, 5), (5, 6), (len(d.body()), 5), (0, len(d.body()))))
    return d.head(f"Content-Length: {first}", f"Content-Length: {second}") + d.body()


def short_of_its_length(d):
    missing = d.random.randint(1, 1000)
    return d.head(f"Content-Length: {len(d.body()) + missing}") + d.body()


def short_of_its_length_after_100(d):
    length = f"Content-Length: {len(d.body()) + 1}"
    return d.head(length, "Expect: 100-continue") + d.body()


def without_its_last_chunk(d):
    return chunked(d, d.chunks(d.body()) + d.one((b"", b"5", b"5\r\n", b"5\r\nabc", b"ffffff\r\n")))


def in_a_huge_chunk(d):
    return chunked(d, d.one((b"ffffff", b"7fffffff", b"200")) + b"\r\n" + d.body())


KINDS = (
    wrong_chunk, wrong_length, both_lengths, encoding, flood, odd_line, odd_first_line, preface, odd_body,
    expecting, pipelined, half_sent, bare_lines, ordinary, twice,
)  # fmt: skip
CUT = (
    short_of_its_length, short_of_its_length_after_100, without_its_last_chunk, in_a_huge_chunk,
)  # fmt: skip


def raw(seed: int, index: int) -> Raw:
    """The request of that number; nothing but the seed and the number decide it."""
    draw = Draw(seed, index)
    cut = draw.random.random() < 0.2
    kind = draw.one(CUT if cut else KINDS)
    data = kind(draw)
    if not cut and draw.random.random() < 0.5:
        data = mutated(draw, data)
    return Raw(index, kind.__name__, data, draw.one(ENDINGS), draw.field, cut)


def mutated(draw: Draw, data: bytes) -> bytes:
    """The same with a few bytes changed, lost, doubled or put in."""
    found = bytearray(data)
    for _ in range(draw.random.randint(1, 4)):
        at = draw.random.randint(0, len(found))
        to = min(len(found), at + draw.random.randint(1, 20))
        change = draw.random.randint(0, 4)
        if change == 0:
            found[at : at + 1] = draw.random.randbytes(1)
        elif change == 1:
            found[at:at] = draw.one(TOKENS)
        elif change == 2:
            del found[at:to]
        elif change == 3:
            found[at:at] = found[at:to]
        else:
            found[at:at] = draw.junk(20)
    return bytes(found)
