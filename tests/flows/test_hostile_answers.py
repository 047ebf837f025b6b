"""Hostile answers: whatever bytes come, the call ends, one sentence says why, nobody else waits."""

import contextlib
import gzip
import logging
import threading

import pytest

FLOWS = """
"1": [{passthru: "{url}/x"}, switch, {greeting: A}]
"2": [{connect: {url: "{url}/x"}}, {greeting: A}]
"3": [{gather: {url: "{url}/x"}}, {greeting: A}]
"4": [{greeting: "{url}/x"}, {greeting: A}]
"5": [{connect: "{url}/x"}, {greeting: A}]
"6": [{menu: "{url}/x", 1: hangup}, {greeting: A}]
"7": [{sms: "{url}/x"}, {greeting: A}]
"8": [{voicebot: "{url}/x"}, {greeting: A}]
"9": [{passthru: "{url}/x", async: true}, {greeting: A}]
"""
APPS = [str(app) for app in range(1, 10)]
JSON, TEXT = b"application/json", b"text/plain"


def whole(body, kind=JSON, *more):
    """An answer with a body, as bytes."""
    length = b"Content-Length: %d" % len(body)
    head = [b"HTTP/1.1 200 OK", b"Content-Type: " + kind, length, *more]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


ANSWERS = {
    "no HTTP": b"hello\r\n\r\n",
    "HTTP/0.9": b"<p>hello",
    "nothing but a status": b"HTTP/1.1 200\r\n\r\n",
    "a status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "status 999": b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
    "status 0": b"HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n",
    "a hundred informations": b"HTTP/1.1 100 Continue\r\n\r\n" * 100 + whole(b"{}"),
    "endless headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200_000,
    "one endless header": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000,
    "a header without a colon": b"HTTP/1.1 200 OK\r\nnonsense\r\nContent-Length: 0\r\n\r\n",
    "a length that is none": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 3\r\n\r\nabc",
    "a length of 10^30": b"HTTP/1.1 200 OK\r\nContent-Length: 1" + b"0" * 30 + b"\r\n\r\nabc",
    "chunks of no size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "a chunk of 10^15": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n38d7ea4c68000\r\nabc",
    "no UTF-8": whole(b"\xff\xfe\x00\x81" * 9),
    "text that is no UTF-8": whole(b"\xff\xfe\x00\x81" * 9, TEXT),
    "a charset that is none": whole(b"hello", TEXT + b"; charset=nonsense"),
    "a media type of odd bytes": whole(b"hello", b"\xff\x00;;;=\x01"),
    "packed, to 100 MB": whole(gzip.compress(b"[" * 100_000_000, 1)[:60_000], JSON, b"Content-Encoding: gzip"),
    "deep objects": whole(b'{"a":' * 10_000),
    "deep and whole": whole(b"[" * 9_000 + b"]" * 9_000),
    "no number": whole(b'{"gather_prompt": {"text": "x"}, "input_timeout": NaN, "destination": {"numbers": ["09811100001"]}, "max_ringing_duration": Infinity}'),
    "a number of 5,000 digits": whole(b'{"gather_prompt": {"text": "x"}, "input_timeout": ' + b"9" * 5_000 + b', "destination": {"numbers": ["09811100001"]}, "max_ringing_duration": ' + b"9" * 5_000 + b"}"),
    "half of a character": whole(b'{"gather_prompt": {"text": "\\ud800"}, "destination": {"numbers": ["\\ud800"]}}'),
    "a zero byte": whole(b'{"gather_prompt": {"text": "\\u0000"}, "destination": {"numbers": ["\\u0000"]}}'),
    "other shapes": whole(b'{"gather_prompt": ["x"], "destination": [{"numbers": {}}], "select": [1]}'),
    "null everywhere": whole(b'{"gather_prompt": null, "destination": null, "select": null, "url": null}'),
    "control characters": whole(b"\x1b[2J\x07\r\n09811100001", TEXT),
    "60,000 blanks": whole(b" " * 60_000, TEXT),
    "60,000 commas": whole(b"," * 60_000, TEXT),
    "digits of other scripts": whole("०९८१११०००००१".encode(), TEXT),
    "a file URL": whole(b"file:///etc/passwd", TEXT),
}  # fmt: skip


def says(raw):
    """Answer with these bytes, as far as somebody reads."""

    def answer(handler):
        handler.close_connection = True
        with contextlib.suppress(OSError):
            handler.wfile.write(raw)

    return answer


@pytest.mark.parametrize("name", ANSWERS)
def test_a_hostile_answer_ends_no_call_early_and_none_never(flowing, customer, caplog, name):
    """Each applet asks for it: each call goes on and ends `completed`, without a traceback."""
    caplog.set_level(logging.INFO)
    customer.says("/x", says(ANSWERS[name]))
    driver = flowing(FLOWS, "- {leg1: {answer: 3s}, leg2: no_answer}", question_timeout=1)
    lines = [driver.places(app) for app in APPS]
    driver.advance(9_000)

    assert ["completed"] * len(APPS) == [driver.call(each.sid)["Status"] for each in lines]
    assert all(each.exits for each in lines)
    whys = [why for each in lines for why in each.whys]
    assert [] == [why for why in whys if not why.isprintable()]
    assert "Traceback" not in caplog.text
    assert "\x1b" not in caplog.text


def drips(ended, handler):
    """A byte every 50 ms, for ever."""
    handler.close_connection = True
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
        while not ended.wait(0.05):
            handler.wfile.write(b"1")
    except OSError:
        pass


def test_a_dripping_answer_has_its_time_in_all_and_holds_up_nobody(flowing, customer):
    """Ten calls drip for their two seconds together, while another is asked and answered."""
    ended = threading.Event()
    customer.says("/x", lambda handler: drips(ended, handler))
    driver = flowing(
        '"1": [{connect: "{url}/x"}, {greeting: A}]\n"2": [{passthru: "{url}/y"}, hangup]',
        question_timeout=2,
    )
    slow = [driver.places("1") for _ in range(10)]
    quick = driver.places("2")
    driver.advance(60)
    ended.set()

    assert [("passthru", "200"), ("hangup", "")] == quick.exits
    assert {("connect", "not_dialled")} == {each.exits[0] for each in slow}
    assert {"no good answer came, because no answer within 5 s"} == {each.whys[0] for each in slow}


def test_a_long_text_is_cut_in_the_sentence(flowing, customer):
    """60,000 letters of an SMS: 500 of them, and dots."""
    customer.says("/x", (200, "é" * 30_000, "text/plain"))
    driver = flowing('"1": [{sms: "{url}/x"}, hangup]')
    line = driver.places("1")
    driver.advance(60)

    assert f"the caller gets '{'é' * 500}...'" == line.whys[0]
