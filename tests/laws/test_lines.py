"""Lines of what happens: one for each thing, aligned, and none that a client wrote."""

import io
import json
import time
from contextlib import suppress

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.client import Refused
from exomock.client.events import Happening
from exomock.control.following import Wording
from exomock.engine.news import News
from exomock.engine.newsstand import Newsstand
from exomock.lines import Lines, in_order, lines
from exomock.printer import Printer, json_writer, text_writer
from exomock.server import Exomock
from exomock.settings import Settings
from exomock.verbs.following import Onlooker

ANY = st.text(max_size=60) | st.text(
    st.sampled_from("\r\n\x1b[2K\u2028\u202e\x00 a:/@"), max_size=30
)
AT = "2026-03-01T12:00:00.123456+05:30"


def item(kind, data, **more):
    """An item as a stream shows it."""
    return {"account": "a", "number": 1, "at": AT, "wall": AT, "kind": kind, "subject": "s",
            "data": data} | more  # fmt: skip


def request(**more):
    """A request that placed a call."""
    return item("request", {"method": "POST", "path": "Calls/connect.json", "from": "1", "to": "2",
                            "status": 200, "why": "", "milliseconds": 5.0} | more)  # fmt: skip


def event(name, leg=None, **more):
    """Something that happened to a call."""
    return item("event", {"leg": leg, "event": name}, **more)


def tried(**more):
    """A try of a callback."""
    return item("try", {"call": "0123456789", "event": "terminal", "says": "busy", "state": "pending",
                        "url": "http://h/x", "number": 1, "status": 500, "error": None,
                        "milliseconds": 12.3, "retry": AT} | more)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(ANY, ANY, ANY, ANY)
def test_no_text_from_outside_forges_a_line_or_moves_the_cursor(one, two, three, four):
    """Whatever a client, a receiver or an account says: as many lines as things, all printable."""
    told = [
        request(path=one, why=two, method=three, **{"from": four}),
        tried(error=one, url=two, status=None, event=three, says=four),
        event("ended", subject=one, account=two),
        item("change", {"did": "next", "by": one, "keep": [two, three]}, subject=four),
    ]
    found = list(lines(told, account=True))

    assert len(told) == len(found)
    assert all("\n" not in line and "\r" not in line and "\x1b" not in line for line in found)
    assert all(each.isprintable() or each in "\u00a0\u200c\u200d" for each in "".join(found))


@settings(max_examples=200, deadline=None)
@given(ANY, ANY, ANY, ANY)
def test_nor_does_a_ladder_show_any(one, two, three, four):
    """Of `call --watch`: every line has its columns, however long or odd the texts are."""
    told = [
        request(path=one, method=two),
        tried(error=one, status=None, event=three, says=four),
        event(four, 1),
        event("dialed", 1),
    ]
    _titles, *found = Onlooker("s").drawn(told)

    assert 5 == len(found)
    assert all(line.isprintable() or set(line) & set("\u00a0\u200c\u200d") for line in found)
    assert all("|" == line[16] and len(line) <= 85 for line in found)


def test_a_password_in_a_callbacks_url_is_not_shown():
    """It is masked, as in the log."""
    (line,) = lines([tried(url="http://user:secret@h/x")])

    assert "secret" not in line


def test_a_failed_try_says_when_the_next_one_comes():
    """Event, Status, where to, status, milliseconds, which try, and when."""
    (line,) = lines([tried()])

    assert (
        "12:00:00.123 callback call 012345…  terminal Status=busy → http://h/x  "
        "500 in 12 ms, try 1, next at 12:00:00"
    ) == line


def test_what_happens_to_a_call_at_one_moment_is_one_line():
    """And what is filled in at its end is not told beside the end."""
    told = [event("hung-up", 1), event("hung-up", 2), event("ended"), event("filled")]

    assert ["12:00:00.123 call     call s  leg 1 hung-up, leg 2 hung-up, ended"] == list(
        lines(told)
    )


def test_a_request_comes_before_what_it_set_going():
    """The dialling is committed before its answer is noted; another account's is not moved."""
    dialed, other = event("dialed", 1), event("dialed", 1, account="b")
    early = event("dialed", 1, wall="2026-03-01T11:59:59+05:30")

    assert [request(), dialed] == in_order([dialed, request()])
    assert [other, request()] == in_order([other, request()])
    assert [early, request()] == in_order([early, request()])


POLL = f"Calls/{'ab' * 16}.json"


def poll(**more):
    """A GET of a call's details."""
    return request(**{"method": "GET", "path": POLL, "from": None, "to": None} | more)


def test_polls_of_one_call_are_one_line_with_a_count():
    """Also where other things happen between them; another status, call or account is another."""
    told = [poll(), event("dialed", 1), poll(), poll(status=404), poll(status=404), poll(),
            request(method="GET", path="Calls.json"), request(method="GET", path="Calls.json"),
            poll(path=f"Calls/{'cd' * 16}?details=true")]  # fmt: skip

    assert ["3 times", "dialed", "404", "404", "200", "200", "cd?details=true  200"] == [
        line[-len(end) :] for line, end in zip(
            lines(told),
            ["3 times", "dialed", "404", "404", "200", "200", "cd?details=true  200"],
            strict=True)
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_polls_that_come_later_are_told_ever_more_rarely(batches):
    """The first at once; then where their number has a digit more: a line for each tenfold."""
    told, total, shown = Lines(), 0, []
    for many in batches:
        total += many
        found = list(told.of([poll()] * many))
        assert len(found) <= 1
        shown += [total] if found else []

    assert batches[0] == shown[0]
    assert len(shown) <= len(str(total))
    assert len(str(total)) == len(str(shown[-1]))


def test_what_is_remembered_of_polls_is_bounded():
    """Of a thousand calls the last are remembered; one that was forgotten is told anew."""
    told = Lines()
    first = [poll(path=f"Calls/{number:032d}") for number in range(1000)]

    assert 1000 == len(list(told.of(first)))
    assert [] == list(told.of([first[-1]]))
    assert 1 == len(list(told.of([first[0]])))
    assert len(told._polled) <= 256


def test_a_call_that_is_polled_every_second_is_a_story_of_about_eight_lines():
    """By a real client, printed as it happens: the polls add two lines."""
    with Exomock(seed=1, settings=Settings(rate=0)) as mock, Printed(mock) as printed:
        call = mock.connect("09822200002", StatusCallback=f"{mock.url}/_exomock/echo",
                            StatusCallbackEvents=["terminal", "answered"])  # fmt: skip
        with requests.Session() as client:
            for _ in range(40):
                client.get(f"{mock.base}/Calls/{call.sid}.json", auth=mock.auth, timeout=9)
        mock.advance(600)

    story = [line for line in printed.lines if line.split()[1] != "control"]
    assert 1 <= sum("GET" in line for line in story) <= 3
    assert len(story) <= 11


def test_a_failed_tests_report_says_what_the_terminal_says():
    """Line by line, of a call with callbacks, a refusal, and changes by the test."""
    with Exomock(seed=1, settings=Settings(rate=0)) as mock, Printed(mock) as printed:
        mock.next(leg2="busy")
        mock.connect("09822200002", StatusCallback=f"{mock.url}/_exomock/echo")
        with pytest.raises(Refused):
            mock.connect("12")
        mock.advance(600)
        story = mock.story()

    assert printed.lines == story
    assert len(story) >= 6


def test_a_report_says_what_the_server_has_not_kept():
    """And names the number of it."""
    with Exomock(settings=Settings(rate=0, events_kept=3)) as mock:
        for _ in range(3):
            mock.connect("09822200002")
        first, *rest = mock.story()

    assert first.startswith("…")
    assert first.endswith(" 3 things that happened are not shown here")
    assert len(rest) <= 3


def test_lines_are_coloured_on_a_terminal_only():
    """A file has none, nor has a terminal whose owner wants none."""
    (bare,), (coloured,) = lines([request()]), lines([request()], colour=True)

    assert "\x1b" not in bare
    assert coloured == f"\x1b[36m{bare}\x1b[0m"


def test_accounts_are_named_once_there_are_several():
    """Whose it is stands after the time."""
    assert "12:00:00.123 a          request" in next(lines([request()], account=True))
    assert "12:00:00.123 request" in next(lines([request()]))


def test_a_kind_that_is_not_known_yet_gives_no_line():
    """An older `exomock watch` at a newer server goes on."""
    assert [] == list(lines([item("newer", {})]))
    assert "newer" == Happening("1", "newer", {}).kind


class Printed:
    """A printer of a server of this process, and what it prints."""

    def __init__(self, mock, writer=lambda out: text_writer(out, lambda: False)):
        exchange = mock.exchange
        self.out = io.StringIO()
        wording = Wording(exchange.engine.store, exchange.courier.kinds)
        self._printer = Printer(exchange.engine.accounts.stand, wording, writer(self.out))

    def __enter__(self):
        self._printer.start()
        return self

    def __exit__(self, *_):
        self._printer.stop()

    @property
    def lines(self):
        """What was printed."""
        return self.out.getvalue().splitlines()


def test_a_call_of_two_legs_with_callbacks_is_a_story_of_eight_lines():
    """Its request, what happens to its legs, and each callback."""
    with Exomock(seed=1) as mock, Printed(mock) as printed:
        mock.connect("09822200002", StatusCallback=f"{mock.url}/_exomock/echo",
                     StatusCallbackEvents=["terminal", "answered"])  # fmt: skip
        mock.advance(600)

    kinds = [line.split()[1] for line in printed.lines]
    story = ["request", "call", "call", "callback", "call", "callback", "call", "callback"]
    assert [*story, "control"] == kinds


def test_json_is_an_object_a_line():
    """With the keys that docs/terminal.md names."""
    with Exomock() as mock, Printed(mock, json_writer) as printed:
        mock.connect("09822200002")

    found = [json.loads(line) for line in printed.lines]
    keys = {"account", "number", "at", "wall", "kind", "subject", "data"}
    assert [keys] * 2 == [set(each) for each in found]


def test_a_printer_that_falls_behind_says_so_in_one_line():
    """An advance over 2,000 calls prints a few lines and a count; nothing waits for the printer."""
    with Exomock(settings=Settings(rate=0)) as mock, Printed(mock) as printed:
        for _ in range(400):
            mock.connect("09822200002")
        mock.advance(600)

    left_out = [line for line in printed.lines if "are not shown here" in line]
    assert left_out
    assert len(printed.lines) < 2000


def test_a_printer_that_is_stopped_before_it_is_started_ends_as_soon_as_it_is():
    """A server that is told to end before its banner stops a printer that another thread starts."""
    with Exomock() as mock:
        printer = Printed(mock)._printer
        printer.stop()
        printer.start()
        printer._thread.join(20)

        assert not printer._thread.is_alive()


def test_a_closed_stderr_ends_the_printer_and_nothing_else():
    """Whoever closes the terminal ends no server."""
    with Exomock() as mock, Printed(mock) as printed:
        printed.out.close()
        mock.connect("09822200002")
        mock.advance(600)

        assert "idle" != mock.call(mock.calls[0]).status


def test_noting_a_commit_costs_the_same_however_many_items_it_has():
    """An advance commits eighty thousand items in a second."""
    stand = Newsstand(10_000, 2**40)
    news = News(stand, "a")

    def cost(items):
        began = time.thread_time()
        for _ in range(2_000):
            stand.note(news, items)
        return time.thread_time() - began

    # By turns and at best, so that other work beside it is the same for both.
    few, many = zip(*((cost(1), cost(10_000)) for _ in range(7)), strict=True)
    assert min(many) < 5 * min(few)


@pytest.mark.parametrize("kept", [0, 1, 50])
@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4)), max_size=30), st.integers(1, 7))
def test_the_order_of_all_is_the_order_of_commits(kept, commits, limit):
    """Read in pages: each serial is shown once or counted as missed, and none out of order."""
    stand = Newsstand(kept, 2**40, lambda: 5)
    all_news = [News(stand, str(number)) for number in range(3)]
    for account, many in commits:
        all_news[account].played([], [object()] * many, [])
    seen = missed = 0
    serials = []
    while seen < stand.total:
        read = stand.since(seen, limit)
        serials += [each.serial for each in read.items]
        missed += read.missed
        seen = read.items[-1].serial if len(read.items) >= limit else read.last

    assert sorted(set(serials)) == serials
    assert sum(many for _account, many in commits) == len(serials) + missed


def test_an_answer_that_was_damaged_or_refused_by_a_fault_names_the_fault():
    """In the why of its line: the user sees that it was exomock's doing."""
    faults = (
        "faults:\n  - {name: cut, when: {nth: 1}, answer: {truncate: 60%}}\n"
        "  - {name: down, when: {nth: 2}, answer: service-unavailable}\n"
        "  - {name: slow, when: {nth: 3}, answer: {malformed: true}}\n"
    )
    with Exomock(faults, settings=Settings(rate=0)) as mock, Printed(mock) as printed:
        for _ in range(3):
            with suppress(requests.RequestException):
                requests.get(f"{mock.base}/Calls.json", auth=mock.auth, timeout=9)

    found = [line for line in printed.lines if "GET" in line]
    for name, status, line in zip(["cut", "down", "slow"], [200, 503, 200], found, strict=True):
        assert f"  {status}  scenario.yaml:" in line
        assert f" {name}" in line


def test_what_cannot_be_told_keeps_nothing_else_from_being_told(monkeypatch, caplog):
    """A bug in wording one thing, even a ValueError, is logged; the printer goes on."""
    told = Wording.told

    def failing(self, account, item):
        if item.kind == "request":
            raise ValueError(account)
        return told(self, account, item)

    monkeypatch.setattr(Wording, "told", failing)
    with Exomock(seed=1) as mock, Printed(mock) as printed:
        mock.connect("09822200002")
        mock.advance(600)

    kinds = {line.split()[1] for line in printed.lines}
    assert "call" in kinds
    assert "request" not in kinds
    assert "cannot be shown" in caplog.text
