"""A client of the control API."""

import json
from http.client import HTTPConnection
from typing import Any

from benchmarks.servers import CannotMeasure, Server


class Control:
    """One keep-alive connection to the control API."""

    def __init__(self, server: Server) -> None:
        self._connection = HTTPConnection("127.0.0.1", server.port, timeout=600)

    def get(self, path: str) -> dict[str, Any]:
        """The answer to a GET."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """The answer to a POST that must succeed."""
        return self._ask("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a PUT that must succeed."""
        return self._ask("PUT", path, body)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        raw = json.dumps(body) if body is not None else None
        self._connection.request(method, f"/_exomock/{path}", raw, headers)
        response = self._connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise CannotMeasure(f"{path}: {response.status} {answer[:300]!r}")
        return dict(json.loads(answer))
