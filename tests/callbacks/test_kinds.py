"""A kind of what is told is one entry: it says what goes out, and hears what comes back."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import NOON, rows_of
from exomock.delivery.answer import MOST_READ
from exomock.delivery.kinds import Message, Teller
from exomock.storage.deliveries import Owed
from exomock.storage.outbox import add_owed

FLOW = ("flow", "step-1")


class Applet:
    """A customer's server that is asked by GET: its answer says what to do next."""

    def __init__(self):
        self.asked, self.answers, applet = [], [], self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                applet.asked.append((self.command, self.path, dict(self.headers)))
                status, body = applet.answers.pop(0)
                self.send_response(status)
                self.send_header("X-Next", "hang-up")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/next?flow=7"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def applet():
    """An applet, closed at the end."""
    applet = Applet()
    yield applet
    applet.server.shutdown()
    applet.server.server_close()


class Flow:
    """A toy kind in an exomock: it asks with its place as a query, and keeps what is answered."""

    def __init__(self, mock, made=None):
        self.mock, self.heard, self.error = mock, [], None
        self.made = made or (lambda delivery: Message(None, (("at", str(delivery.place)),), ASKS))
        mock.exchange.courier.kinds["flow"] = Teller(self.made, self.hear)

    def hear(self, due, result):
        state = rows_of(self.mock, due.delivery.sid)[-1].state
        self.heard.append((due.delivery.sid, result.heard, state))
        if self.error is not None:
            raise self.error.pop()

    def owe(self, applet, place=3):
        """Owe one in a transaction, as a call does, and wake the account."""
        exchange = self.mock.exchange
        world = exchange.engine.worlds[self.mock.sid]
        owed = Owed("flow", "step-1", "next", place, NOON, applet.url, "GET")
        with world.state:
            with exchange.engine.store.writing() as tx:
                add_owed(tx, self.mock.sid, [owed])
            exchange.engine.outgoing.owe(world, [owed])

    @property
    def row(self):
        (row,) = rows_of(self.mock, "step-1")
        return row


ASKS = (("X-Asks", "exomock"),)


def test_a_kind_asks_by_get_and_hears_the_answer(driver, applet):
    """Query and headers are its own; it hears status, headers and body before the try is kept."""
    flow = Flow(driver.mock)
    applet.answers = [(200, b'{"next": "hang up"}')]
    flow.owe(applet)
    driver.advance(1)

    ((method, path, headers),) = applet.asked
    assert ("GET", "/next?flow=7&at=3", "exomock") == (method, path, headers["X-Asks"])
    assert not {"Content-Type", "Content-Length"} & headers.keys()
    ((sid, answer, state),) = flow.heard
    assert ("step-1", 200, b'{"next": "hang up"}') == (sid, answer.status, answer.body)
    assert ("X-Next", "hang-up") in answer.headers
    assert "sending" == state
    assert ("delivered", 1) == (flow.row.state, len(flow.row.attempts))


def test_a_kind_hears_each_answer_whatever_its_status(driver, applet):
    """500, then 200 a retry later: both are heard."""
    flow = Flow(driver.mock)
    applet.answers = [(500, b"no"), (200, b"yes")]
    flow.owe(applet)
    driver.advance(3600)

    assert [(500, b"no"), (200, b"yes")] == [(each.status, each.body) for _, each, _ in flow.heard]
    assert "delivered" == flow.row.state


def test_a_kind_hears_the_beginning_of_a_long_answer(driver, applet):
    """64 KiB of 200 KB."""
    flow = Flow(driver.mock)
    applet.answers = [(200, b"x" * 200_000)]
    flow.owe(applet)
    driver.advance(1)

    assert [MOST_READ] == [len(each.body) for _, each, _ in flow.heard]


def test_a_kind_that_cannot_bear_an_answer_hears_the_next_one(driver, applet):
    """What it raises is a failed try that says so; the retry is heard, and delivered."""
    flow = Flow(driver.mock)
    flow.error = [ValueError("no such applet")]
    applet.answers = [(200, b"a"), (200, b"b")]
    flow.owe(applet)
    driver.advance(1)
    assert ("pending", "exomock itself failed: ValueError: no such applet") == (
        flow.row.state, flow.row.attempts[0].error,
    )  # fmt: skip

    flow.error = None
    driver.advance(3600)
    assert "delivered" == flow.row.state


def test_a_kind_whose_owner_is_no_more_says_so(driver, applet):
    """Three failed tries, nothing is asked, and the account comes to rest."""
    flow = Flow(driver.mock, made=lambda _delivery: None)
    flow.owe(applet)
    driver.advance(24 * 3600)

    assert ("failed", [], []) == (flow.row.state, applet.asked, flow.heard)
    assert {"exomock itself failed: LookupError: its owner is no more"} == {
        each.error for each in flow.row.attempts
    }


def test_an_answer_to_an_epoch_that_has_ended_is_not_heard(driver, applet):
    """A reset while the applet thinks: its answer belongs to nothing any more."""
    flow = Flow(driver.mock)
    ledger = driver.mock.exchange.engine.ledger
    may_send, answers = ledger.may_send, iter([True, False])
    ledger.may_send = lambda due: next(answers) and may_send(due)
    applet.answers = [(200, b"late")]
    flow.owe(applet)
    driver.advance(1)

    assert (1, []) == (len(applet.asked), flow.heard)


def test_calls_do_not_wish_to_hear(driver, receiver):
    """What a StatusCallback's receiver says is read to its end and thrown away."""
    poster = driver.mock.exchange.courier._poster
    seen, begin = [], poster.begin

    def spy(*given):
        seen.append(begin(*given))
        return seen[-1]

    poster.begin = spy
    driver.connect(StatusCallback=receiver.url)
    driver.advance(60)

    assert [None] == [each.result().heard for each in seen]
