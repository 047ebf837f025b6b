"""A customer's server that flows ask, and an exomock whose calls walk through them."""

import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import pytest

EXOPHONE = "08047112233"


class Asked:
    """A request of a flow, as the customer's server got it."""

    def __init__(self, method, path, headers):
        parts = urlsplit(path)
        self.method, self.path, self.headers = method, parts.path, headers
        self.query = parse_qsl(parts.query, keep_blank_values=True)

    @property
    def says(self):
        """Its parameters by name."""
        return dict(self.query)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # a hundred calls may ask in one moment


class Customer:
    """
    The customer's server: what each path answers, in order; the last answer stays.

    An answer is a status, (status, body, content type), or a function that handles the request.
    """

    def __init__(self):
        self.asked, self.answers, self.came = [], {}, threading.Condition()
        customer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                asked = Asked(self.command, self.path, dict(self.headers))
                with customer.came:
                    customer.asked.append(asked)
                    customer.came.notify_all()
                found = customer.answers.get(asked.path, deque([200]))
                answer = found.popleft() if len(found) > 1 else found[0]
                answer(self) if callable(answer) else self.give(answer)

            do_HEAD = do_GET  # noqa: N815

            def give(self, answer):
                status, body, kind = answer if isinstance(answer, tuple) else (answer, "", None)
                self.send_response(status)
                if kind is not None:
                    self.send_header("Content-Type", kind)
                raw = body if isinstance(body, bytes) else body.encode()
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(raw)

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def says(self, path, *answers):
        """What a path answers from now on."""
        self.answers[path] = deque(answers)

    def holds(self, path, status=200):
        """A path answers when the event that is returned is set."""
        event = threading.Event()

        def answer(handler):
            event.wait(20)
            handler.give(status)

        self.says(path, answer)
        return event

    def wait_for(self, count, seconds=10):
        """The requests, once there are so many."""
        with self.came:
            assert self.came.wait_for(lambda: len(self.asked) >= count, seconds), self.asked
            return self.asked[:]

    @property
    def paths(self):
        """Who was asked, in order."""
        return [f"{each.method} {each.path}" for each in self.asked]

    def close(self):
        """End."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def customer():
    """A customer's server, closed at the end."""
    customer = Customer()
    yield customer
    customer.close()


class Line:
    """One call in a flow of a frozen exomock."""

    def __init__(self, driver, sid, control=None):
        self.driver, self.sid, self.control = driver, sid, control or driver.mock.control

    @property
    def call(self):
        """It, as the control API shows it."""
        return self.control("GET", f"/calls/{self.sid}")

    @property
    def exits(self):
        """Each step that it has come to, and the exit that it took."""
        return [(each["applet"], each["exit"]) for each in self.call["path"]]

    @property
    def whys(self):
        """Why it took them."""
        return [each["why"] for each in self.call["path"]]

    @property
    def rows(self):
        """Its questions in the outbox: who asked, and what became of it."""
        found = self.control("GET", f"/callbacks?call={self.sid}&event=question")["callbacks"]
        return [(each["event"], each["state"]) for each in found]


@pytest.fixture
def flowing(exchange, customer):
    """`flowing(flows, rules)`: a driver whose scenario has these flows; `{url}` is the customer's."""

    def start(flows, rules="- {leg1: {answer: 3s}}", *, collect=False, **settings):
        text = f"flows:\n{_in(flows, customer)}\nrules:\n{_in(rules, customer)}\n"
        driver = exchange(text, **settings)
        if collect:
            driver.mock.exchange.engine.worlds[driver.mock.sid].collect = True
        driver.account = driver.mock
        driver.control = driver.account.control
        driver.comes_in = lambda: Line(
            driver,
            driver.control("POST", "/calls", {"from": "09900001111", "exophone": EXOPHONE})["sid"],
        )

        def places(app="926", **fields):
            url = f"http://my.exotel.com/{driver.mock.sid}/exoml/start_voice/{app}"
            return Line(driver, driver.connect(To=None, Url=url, **fields))

        driver.places = places
        return driver

    return start


def _in(text, customer):
    lines = text.replace("{url}", customer.url).strip("\n").splitlines()
    return "\n".join(f"  {line}" for line in lines)
