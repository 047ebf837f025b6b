"""A server under attack, and a client that checks each of its answers."""

import json
import os
import socket
import xml.etree.ElementTree as ET
from base64 import b64encode
from urllib.parse import urlsplit

import requests
from hypothesis import HealthCheck, settings

from exomock.engine import NewAccount

MANY = 2000 if os.environ.get("EXOMOCK_SOAK") else 30
FUZZ = settings(
    max_examples=MANY,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
V1 = "/v1/Accounts/t1"
CONTROL = "/_exomock/accounts/t1"
JSON = "application/json"
BASIC = "Basic " + b64encode(b"k1:t1").decode()


class Surface:
    """A server whose account `t1` sends no callback, and a client that checks each answer."""

    def __init__(self, mock):
        self.mock = mock
        self.http = requests.Session()
        mock.exchange.engine.making.make(NewAccount("t1", "k1", "t1", rate=0, collect=True))

    def ask(self, method, path, body=b"", kind=JSON, **headers):
        """The answer to a request, which is well-formed and no failure of the server's."""
        response = self.http.request(
            method,
            self.mock.url + path,
            data=body,
            headers={"Content-Type": kind, "Authorization": BASIC} | headers,
            timeout=30,
            allow_redirects=False,
        )
        check(response.status_code, response.headers, response.content, method)
        return response

    def raw(self, head, body=b""):
        """Ask in bytes that no client library would send."""
        place = urlsplit(self.mock.url)
        with socket.create_connection((place.hostname, place.port), timeout=20) as connection:
            more = f"\r\nHost: localhost\r\nConnection: close\r\nAuthorization: {BASIC}\r\n"
            length = f"Content-Length: {len(body)}\r\n\r\n"
            connection.sendall(head + more.encode() + length.encode() + body)
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        top, _, content = answer.partition(b"\r\n\r\n")
        status, *lines = top.decode("ascii").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines)
        check(int(status.split()[1]), headers, content, head.decode("latin-1").split()[0])


def check(status, headers, content, method):
    """Insist that an answer is the client's fault or right, and in the format it claims."""
    kind = headers.get("Content-Type", "")
    assert status < 500 or status == 501, (status, content[:500])
    assert all(" " <= char <= "~" for value in headers.values() for char in value)
    assert "html" not in kind
    if content and method != "HEAD":
        if "jsonl" in kind:
            assert all(json.loads(line) for line in content.splitlines())
        elif "json" in kind:
            json.loads(content)
        elif "xml" in kind:
            assert "TwilioResponse" == ET.fromstring(content).tag
