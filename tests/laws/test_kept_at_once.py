"""Kept answers are given where requests come in: no loop is woken for them, and no thread ends."""

import logging
import threading
from types import SimpleNamespace

import pytest
import requests

from exomock.front import Front
from exomock.server import Exomock

POLLERS, POLLS = 4, 200


@pytest.fixture
def mock():
    """A server with a call that has ended, whose details have been read once."""
    with Exomock() as mock:
        mock.over = mock.connect("09822200002")
        mock.advance(600)
        assert "completed" == status(mock, mock.over.sid)
        yield mock


def status(mock, sid):
    path = f"{mock.url}/v1/Accounts/{mock.sid}/Calls/{sid}.json"
    answer = requests.get(path, auth=(mock.key, mock.token), timeout=10)
    answer.raise_for_status()
    return answer.json()["Call"]["Status"]


def loop_of(mock):
    return mock._listener._loop


def test_one_comes_while_the_loop_is_busy(mock):
    """Which would hold up every other request meanwhile."""
    busy, ended = threading.Event(), threading.Event()

    def work():
        busy.set()
        ended.wait(30)

    loop_of(mock).call_soon_threadsafe(work)
    try:
        assert busy.wait(10)
        assert "completed" == status(mock, mock.over.sid)
        assert not ended.is_set()
    finally:
        ended.set()


def test_it_stands_in_the_journal_like_any_other(mock):
    """Numbered in the order in which they came."""
    before = len(mock.requests)
    for _ in range(3):
        status(mock, mock.over.sid)

    assert [before + 1, before + 2, before + 3] == [each.number for each in mock.requests][before:]


def test_one_that_cannot_be_given_is_made_anew(mock, caplog):
    """An error in Granian's thread would end the thread, and with it the server."""

    def broken(*_):
        raise RuntimeError("not like this")

    mock._listener._front._quick = broken
    with caplog.at_level(logging.ERROR, logger="exomock.front"):
        for _ in range(3):
            assert "completed" == status(mock, mock.over.sid)

    assert "a kept answer could not be given" in caplog.text


def test_a_client_that_has_gone_is_not_asked_again(mock):
    """The answer counts as given."""

    class Gone:
        def response_bytes(self, *_):
            raise ConnectionResetError

    asked = []
    front: Front = mock._listener._front
    front._quick = lambda *said: asked.append(said) or SimpleNamespace(headers=[], body=b"")
    scope = SimpleNamespace(method="GET", path="/", query_string="", headers={}, scheme="http")

    assert front.at_once(scope, Gone())
    assert 1 == len(asked)


def test_whoever_asks_after_a_change_reads_it(mock):
    """Also while others ask for the same all the time: what was kept before is given to nobody."""
    call, ended, stop = mock.connect("09822200002"), threading.Event(), threading.Event()
    read, polled = [], threading.Semaphore(0)

    def poll():
        while not stop.is_set():
            late = ended.is_set()  # before it asks
            read.append((late, status(mock, call.sid)))
            polled.release()

    pollers = [threading.Thread(target=poll) for _ in range(POLLERS)]
    for each in pollers:
        each.start()
    try:
        assert "in-progress" == status(mock, call.sid)
        assert polled.acquire(timeout=20)
        mock.advance(600)
        ended.set()
        assert ["completed"] * POLLS == [status(mock, call.sid) for _ in range(POLLS)]
    finally:
        stop.set()
        for each in pollers:
            each.join()

    assert {"completed"} == {found for late, found in read if late}
    assert "in-progress" in {found for late, found in read if not late}
