"""Requests for recordings that nobody should send: refused in the service's form, never a 500."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import NOON
from exomock.server import Exomock
from exomock.settings import Settings
from recordings.conftest import RECORDED, Player
from surface import MANY, check

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=30)
NUMBERS = st.integers(-(2**70), 2**70).map(str)
RANGES = st.builds("bytes={}-{}".format, NUMBERS | st.just(""), NUMBERS | st.just("")) | TEXT
PATHS = st.sampled_from(
    [
        "/exotelrecordings", "/exotelrecordings/", "/exotelrecordings/exomock",
        "/exotelrecordings/exomock/", "/exotelrecordings/exomock/.mp3",
        "/exotelrecordings/exomock/%00.mp3", "/exotelrecordings/exomock/..%2f..%2fcalls.db.mp3",
        "/exotelrecordings//exomock//x.mp3", "/exotelrecordings/exomock/x.wav",
        "/exotelrecordings/exomock/x.mp3.json", "/exotelrecordings/%ff/x.mp3",
        "/Exotelrecordings/exomock/x.mp3", "/exotelrecordings/exomock/x/y.mp3",
    ]
)  # fmt: skip


@pytest.fixture(scope="module")
def player():
    with Exomock(RECORDED, Settings(rate=0), start_at=NOON) as mock:
        yield Player(mock)


@pytest.fixture(scope="module")
def sid(player):
    """A call with a recording."""
    return player.recorded()


@settings(max_examples=MANY, deadline=None)
@given(asked=RANGES, tag=TEXT, method=st.sampled_from(["GET", "HEAD", "POST", "DELETE", "OPTIONS"]))
def test_any_headers(player, sid, asked, tag, method):
    """A part, the whole, nothing new, or an error; a part is what it says it is."""
    answer = player.recording(sid, method, Range=asked, If_Range=tag, If_None_Match=tag)

    check(answer.status_code, answer.headers, b"", method)
    assert answer.status_code in (200, 206, 304, 405, 416)
    if method == "GET" and answer.status_code in (200, 206):
        assert str(len(answer.content)) == answer.headers["Content-Length"]


@settings(max_examples=MANY, deadline=None)
@given(expires=NUMBERS | TEXT, signature=TEXT)
def test_any_signature(player, sid, expires, signature):
    """403, in XML."""
    answer = player.http.get(
        f"{player.mock.url}/exotelrecordings/exomock/{sid}.mp3",
        params={"Expires": expires, "Signature": signature}, auth=("nobody", "x"), timeout=9,
    )  # fmt: skip

    check(answer.status_code, answer.headers, answer.content, "GET")
    assert 403 == answer.status_code


@settings(max_examples=MANY, deadline=None)
@given(path=PATHS, method=st.sampled_from(["GET", "HEAD", "POST"]))
def test_any_path(player, path, method):
    """Nothing of the disk, nothing but the service's errors."""
    answer = player.http.request(method, player.mock.url + path, timeout=9)

    check(answer.status_code, answer.headers, answer.content, method)
    assert answer.status_code in (401, 403, 404, 405)
