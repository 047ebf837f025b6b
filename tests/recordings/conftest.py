"""What the tests of recordings share."""

import http.client
import io
import wave
from base64 import b64encode
from urllib.parse import urlsplit

import pytest
import requests

from conftest import Driver

RECORDED = """
rules:
  - leg1: {answer: 3s}
    leg2: {answer: 5s}
    talk: 4s
    record: true
"""
"""A recorded call: both talk after 8 s, for 4 s."""

END = 12
"""Seconds from its beginning to its end."""


class Player(Driver):
    """A driver that also hears recordings."""

    def recording(self, sid, method="GET", query="", auth=True, **headers):
        """Ask for the recording of a call."""
        url = f"{self.mock.url}/exotelrecordings/{self.mock.sid}/{sid}.mp3{query}"
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        ask = self.http.request if auth else requests.request
        return ask(method, url, headers=names, timeout=20)

    def recorded(self, **fields):
        """The Sid of a call that has ended."""
        sid = self.connect(**fields)
        self.advance(60)
        return sid

    def raw(self, path, host):
        """GET with another Host header; the answer's status and body."""
        place = urlsplit(self.mock.url)
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
        connection.request("GET", path, headers={"Host": host, "Authorization": basic(self)})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body


@pytest.fixture
def player(exchange):
    """A frozen exomock whose calls are recorded."""
    return Player(exchange(RECORDED).mock)


@pytest.fixture
def players(exchange):
    """Start exomocks: `players(scenario, **settings)`."""
    return lambda scenario=RECORDED, **settings: Player(exchange(scenario, **settings).mock)


def basic(player):
    """The Authorization header of the account."""
    return f"Basic {b64encode(f'{player.mock.key}:{player.mock.token}'.encode()).decode()}"


def tone(seconds=1, rate=8_000):
    """The bytes of a WAV file that exomock did not make."""
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", None))
        file.writeframes(bytes([0, 16, 0, 240]) * (rate * seconds // 2))
    return target.getvalue()
