"""A server in a process of its own, for as long as a test run lasts."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence

from exomock.client import ControlError, NoServer, Server
from exomock.testing.ports import free_port

_START = 60.0
"""Seconds until it is said that the server does not come up; it takes about one."""

_PATIENCE = 5.0
"""Seconds in which it must end when told to."""

_PAUSE = 0.05
"""Seconds between two looks whether a container answers."""

_URL = re.compile(r"base URL\s+(https?://\S+)")
_CONTROL = re.compile(r"control\s+\S+\s+token (\S+)")

CLIENT_ONLY = ("EXOMOCK_URL", "EXOMOCK_COMMAND")
"""Variables that are for this side; a server would call them unknown settings."""


class Started:
    """
    A server that was started here, and ends with `close` or with this process.

    Args:
        settings: Options of `exomock serve`, as `["--callback-timeout", "2"]`.
        command: What starts it; None is this environment's exomock. `serve --port 0` and the
            settings are added, unless `{port}` is in it: then it is run as it is, with a free port
            in that place.

    Raises:
        NoServer: It does not come up; it says why.
    """

    def __init__(self, settings: Sequence[str] = (), command: str | None = None) -> None:
        self._said: deque[str] = deque(maxlen=200)
        self._came = threading.Event()
        self._url = self._token = ""
        words, self._port = _command(command, settings)
        try:
            # Standard input is the leash: it ends with this process, however that ends.
            self._process = subprocess.Popen(  # noqa: S603
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=_environment(os.environ),
            )
        except OSError as error:
            raise NoServer(f"{shlex.join(words)}: {error.strerror}") from None
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        try:
            self.server = self._reached(words)
        except BaseException:
            self.close()
            raise

    def _listen(self) -> None:
        """Read what the server says, for as long as it says something: or its pipe would fill."""
        assert self._process.stdout is not None
        with self._process.stdout as said:
            for raw in said:
                line = raw.decode(errors="replace").rstrip()
                self._said.append(line)
                if not self._came.is_set():
                    self._note(line)
        self._came.set()

    def _note(self, line: str) -> None:
        if found := _URL.search(line):
            self._url = found[1]
        elif found := _CONTROL.search(line):
            self._token = found[1]
        elif line.startswith("Place a call"):  # the banner's last line but one
            self._came.set()

    def _reached(self, words: Sequence[str]) -> Server:
        if self._port is not None:
            return self._polled(f"http://127.0.0.1:{self._port}")
        if not self._came.wait(_START) or not self._url:
            said = "; ".join(list(self._said)[-5:]) or "it said nothing"
            raise NoServer(f"{shlex.join(words)} starts no exomock: {said}")
        return Server(self._url, os.environ.get("EXOMOCK_CONTROL_TOKEN") or self._token or None)

    def _polled(self, url: str) -> Server:
        """A server that answers at a known address, as soon as it does so; for containers."""
        server = Server(url, os.environ.get("EXOMOCK_CONTROL_TOKEN") or None)
        ended = threading.Event()
        for _ in range(int(_START / _PAUSE)):
            try:
                found = server.health
            except (NoServer, ControlError):
                if self._process.poll() is not None:
                    break
                ended.wait(_PAUSE)
            else:
                if found:
                    return server
        raise NoServer(f"nobody answers at {url}: {'; '.join(list(self._said)[-5:])}")

    @property
    def said(self) -> Sequence[str]:
        """The last lines that it has printed."""
        return tuple(self._said)

    def close(self) -> None:
        """Let it end."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # Until its pipe is closed; a process that the server left behind may hold it open.
        self._listener.join(_PATIENCE)


def _command(command: str | None, settings: Sequence[str]) -> tuple[list[str], int | None]:
    if command is None:
        # -P: a file of the tests' folder must not be taken for a package that the server imports.
        words = [sys.executable, "-P", "-m", "exomock.leash"]
    elif "{port}" in command:
        port = free_port()
        return [word.replace("{port}", str(port)) for word in shlex.split(command)], port
    else:
        words = shlex.split(command)
    return [*words, "serve", "--host", "127.0.0.1", "--port", "0", *settings], None


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    found = {name: value for name, value in given.items() if name not in CLIENT_ONLY}
    return found | {"PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
