"""A client of the control API."""

from typing import Any

import pytest
import requests


class Control:
    """The control API of a running exomock, and private accounts made by it."""

    def __init__(self, url: str):
        self.url = url
        self.http = requests.Session()

    def ask(self, method: str, path: str, status: int = 200, **kwargs: Any) -> Any:
        """Ask, insist on the status, and return the JSON of the answer (None of an empty one)."""
        response = self.http.request(method, f"{self.url}/_exomock/{path}", timeout=30, **kwargs)
        assert status == response.status_code, response.text
        if status >= 400:
            assert "application/problem+json" == response.headers["Content-Type"]
            assert status == response.json()["status"]
        return response.json() if response.content else None

    def get(self, path: str, expected: int = 200, /, **params: Any) -> Any:
        return self.ask("GET", path, expected, params=params)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.ask("POST", path, status, json=body)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self.ask("PUT", path, status, json=body)

    def delete(self, path: str, status: int = 204) -> Any:
        return self.ask("DELETE", path, status)

    def account(self, sid: str = "t1", **given: Any) -> "Account":
        """Make an account; frozen at noon unless it is said otherwise."""
        clock = {"now": "2026-03-01T12:00:00+05:30", "rate": 0}
        return Account(self, self.post("accounts", {"sid": sid, "clock": clock} | given, 201))


class Account:
    """One account: its v1 API and what a test does to it."""

    def __init__(self, control: Control, made: dict[str, Any]):
        self.control, self.made, self.sid = control, made, made["sid"]
        self.auth = (made["key"], made["token"])

    def v1(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return requests.request(
            method, f"{self.made['base_url']}/{path}", auth=self.auth, timeout=30, **kwargs
        )

    def try_connect(self, **fields: Any) -> requests.Response:
        data = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"} | fields
        return self.v1("POST", "Calls/connect.json", data=data)

    def connect(self, **fields: Any) -> str:
        response = self.try_connect(**fields)
        assert 200 == response.status_code, response.text
        return response.json()["Call"]["Sid"]

    def status(self, sid: str) -> str:
        return self.v1("GET", f"Calls/{sid}.json").json()["Call"]["Status"]

    def get(self, path: str, expected: int = 200, /, **params: Any) -> Any:
        return self.control.get(f"accounts/{self.sid}/{path}", expected, **params)

    def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        return self.control.post(f"accounts/{self.sid}/{path}", body, status)

    def put(self, path: str, body: Any, status: int = 200) -> Any:
        return self.control.put(f"accounts/{self.sid}/{path}", body, status)

    def advance(self, seconds: float) -> Any:
        return self.post("clock/advance", {"seconds": seconds})

    def idle(self) -> Any:
        return self.post("clock/advance", {"until": "idle"})


@pytest.fixture
def control(exchange):
    """The control API of a server whose own account is frozen."""
    control = Control(exchange().mock.url)
    yield control
    control.http.close()


@pytest.fixture
def controlled(exchange):
    """Control APIs of servers with settings of their own: `controlled(max_waiters=1)`."""
    running = []

    def start(**settings: Any) -> Control:
        running.append(Control(exchange(**settings).mock.url))
        return running[-1]

    yield start
    for control in running:
        control.http.close()
