"""
The part of a container engine's HTTP API that testcontainers asks.

In the place of each container runs the image's command in a process: a real exomock, with the
environment of the Dockerfile and of the container, whose port is published as an engine would.
Source: Docker Engine API 1.44 (create, start, inspect, logs, remove).
"""

import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from exomock.testing.ports import free_port
from pages import text_of

IMAGE_ENV = dict(re.findall(r"(EXOMOCK_\w+)=(\S+)", text_of("Dockerfile")))


class Container:
    """A container: what was asked for, and the process that runs in its place."""

    def __init__(self, asked):
        self.asked, self.process, self.port = asked, None, None

    def start(self):
        self.port = free_port()
        word, *rest = self.asked["Cmd"]
        assert "exomock" == word
        given = dict(each.split("=", 1) for each in self.asked["Env"])
        env = {name: value for name, value in os.environ.items() if not name.startswith("EXOMOCK_")}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "exomock", *rest], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=env | IMAGE_ENV | given | {"EXOMOCK_PORT": str(self.port)},
        )  # fmt: skip

    @property
    def status(self):
        if self.process is None:
            return "created"
        return "running" if self.process.poll() is None else "exited"

    def inspected(self, name):
        published = [{"HostIp": "127.0.0.1", "HostPort": str(self.port)}]
        return {
            "Id": name, "Name": f"/{name}", "Created": "2026-03-01T10:00:00Z", "Image": "sha256:1",
            "State": {"Status": self.status, "ExitCode": 0, "Error": "", "Running": self.status == "running"},
            "Config": {"Tty": True, "Image": self.asked["Image"], "Labels": {}},
            "HostConfig": {"NetworkMode": "bridge"},
            "NetworkSettings": {"Ports": dict.fromkeys(self.asked["ExposedPorts"], published), "Networks": {}},
        }  # fmt: skip

    def logs(self):
        return self.process.stdout.read() if self.status == "exited" else b""

    def end(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process.stdout.close()


class Engine:
    """An engine on a free port; `containers` are those that were made."""

    def __init__(self):
        self.containers = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.url = f"tcp://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        for each in self.containers.values():
            each.end()

    def answer(self, method, path, body):
        """(status, answer) of a request; the version before the path is left out."""
        if path == "/version":
            return 200, {"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Version": "26.0"}
        if path.startswith("/images/"):
            return 200, {"Id": "sha256:1", "RepoTags": []}
        if path == "/containers/create":
            name = f"c{len(self.containers)}".ljust(64, "0")
            self.containers[name] = Container(body)
            return 201, {"Id": name, "Warnings": []}
        name, _slash, verb = path.removeprefix("/containers/").partition("/")
        return self._of_container(method, name, verb)

    def _of_container(self, method, name, verb):
        container = self.containers.get(name)
        if container is None:
            return 404, {"message": f"No such container: {name}"}
        if method == "DELETE":
            self.containers[name].end()
            return 204, None
        if verb == "start":
            container.start()
            return 204, None
        return 200, container.logs() if verb == "logs" else container.inspected(name)

    def _handler(engine):  # noqa: N805 - the handler's own `self` is another
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self):
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                path = re.sub(r"^/v1\.\d+", "", self.path).partition("?")[0]
                status, answer = engine.answer(self.command, path, json.loads(raw or b"null"))
                body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(0 if answer is None else len(body)))
                self.end_headers()
                self.wfile.write(b"" if answer is None else body)

            do_GET = do_POST = do_DELETE = _answer  # noqa: N815

            def log_message(self, *_):
                """Say nothing."""

        return Handler
