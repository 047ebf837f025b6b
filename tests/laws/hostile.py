"""Hostile requests of many shapes, over kept-alive raw sockets, and how much a server holds."""

import base64
import json
import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from random import Random

V1 = "/v1/Accounts/exomock"
OWN = "/_exomock/accounts/exomock"
JSON = "application/json"
YAML = "application/yaml"


def basic(user: str, token: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()


RIGHT = basic("exomock-key", "exomock-token")


def request(
    method: str, target: str, auth: str | None = RIGHT, body: bytes = b"", kind: str = ""
) -> bytes:
    """A request's bytes."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"Authorization: {auth}"] if auth else []
    lines += [f"Content-Type: {kind}"] if kind else []
    lines += [f"Content-Length: {len(body)}"] if body else []
    return "\r\n".join([*lines, "", ""]).encode() + body


class Hostile:
    """Makes requests that are all different; the same seed makes the same ones."""

    def __init__(self, seed: int):
        self.chance = Random(seed)
        self.shapes = [
            self.long_path, self.long_query, self.long_header, self.foreign, self.unseen,
            self.unseen_and_long, self.wrong_password, self.huge_form, self.names, self.connects,
            self.connects, self.lists, self.numbers, self.methods, self.control_lists,
            self.control_writes, self.control_unknown, self.verify, self.snapshots, self.as_xml,
        ]  # fmt: skip

    def __iter__(self):
        while True:
            yield self.chance.choice(self.shapes)()

    def text(self, longest: int) -> str:
        """A text that comes once, mostly short."""
        length = int(longest ** self.chance.random())
        return f"{self.chance.getrandbits(64):016x}" + "x" * length

    def long_path(self):
        return request("GET", f"{V1}/Calls/{self.text(30_000)}.json")

    def long_query(self):
        return request("GET", f"{V1}/Calls.json?CustomField={self.text(40_000)}")

    def long_header(self):
        return request("GET", f"{V1}.json", basic(self.text(20_000), self.text(5_000)))

    def foreign(self):
        return request("GET", f"{V1}.json", f"Basic {self.text(40_000)}")

    def unseen(self):
        sid = self.text(1)[:16]
        return request("GET", f"/v1/Accounts/{sid}/Calls.json", basic(sid, "token"))

    def unseen_and_long(self):
        auth = basic(self.text(20_000), self.text(20_000))
        return request("GET", f"/v1/Accounts/{self.text(1)[:12]}/Calls", auth)

    def wrong_password(self):
        return request("POST", f"{V1}/Calls/connect", basic("exomock-key", self.text(50)))

    def huge_form(self):
        body = f"From={self.text(300_000)}&To=09822200002".encode()
        return request("POST", f"{V1}/Calls/connect", RIGHT, body, "text/" + self.text(2_000))

    def names(self):
        names = "&".join(f"{self.text(20)}=1" for _ in range(self.chance.randrange(60)))
        body = f"From=09811100001&To=1&CallerId=2&{names}".encode()
        return request("POST", f"{V1}/Calls/connect", body=body)

    def connects(self):
        body = (
            f"From=098{self.chance.randrange(10**8):08d}&To=09822200002&CallerId=08047112233"
            f"&CustomField={self.text(90)}"
        ).encode()
        return request("POST", f"{V1}/Calls/connect.json", body=body)

    def lists(self):
        return request("GET", f"{V1}/Calls.json?PageSize={self.chance.randrange(101)}")

    def numbers(self):
        number = f"09{self.chance.randrange(10**9):09d}" + "%20" * self.chance.randrange(9_000)
        return request("GET", f"{V1}/Numbers/{number}")

    def methods(self):
        method = self.chance.choice(
            ["PUT", "DELETE", "PATCH", "OPTIONS", self.text(9)[:20].upper()]
        )
        return request(method, f"{V1}/{self.text(300)}")

    def control_lists(self):
        path = self.chance.choice(
            ["callbacks", "calls", "requests", "faults", "snapshots", "requests?answers=true"]
        )
        mark = "&" if "?" in path else "?"
        return request("GET", f"{OWN}/{path}{mark}limit={self.chance.randrange(1, 9)}", None)

    def control_writes(self):
        path, body = self.chance.choice(
            [
                ("faults", '{"when": {"method": "TRACE"}, "answer": "service-unavailable"}'),
                ("next", '{"calls": 2, "leg2": "busy"}'),
                ("next", self.text(60_000)),
                ("reset", json.dumps({self.text(2_000): 1})),
                ("calls", json.dumps({"from": "09811100001", "exophone": self.text(9_000)})),
            ]
        )
        return request("POST", f"{OWN}/{path}", None, body.encode(), JSON)

    def control_unknown(self):
        return request("GET", f"/_exomock/accounts/{self.text(9_000)}/{self.text(99)}", None)

    def verify(self):
        # Few: each reads the whole journal, half a second of work.
        if self.chance.random() > 0.02:
            return self.foreign()
        body = json.dumps({"path": self.text(9_000), "form": {self.text(99): "1"}})
        return request("POST", f"{OWN}/requests/verify", None, body.encode(), JSON)

    def snapshots(self):
        # Few: each holds all calls there are by then.
        if self.chance.random() < 0.02:
            return request("POST", f"{OWN}/snapshots", None)
        scenario = f"rules: [{{leg1: busy, name: {self.text(3_000)}}}]".encode()
        if self.chance.random() < 0.3:
            body = json.dumps({"scenario": scenario.decode()}).encode()
            return request("POST", "/_exomock/accounts", None, body, JSON)
        sid = self.text(1)[:16]
        return request("PUT", f"/_exomock/accounts/{sid}/scenario", None, scenario, YAML)

    def as_xml(self):
        return request("GET", f"{V1}/Calls/{self.text(200)}")


class Client:
    """One kept-alive connection that asks and reads, and begins anew when it was closed."""

    def __init__(self, port: int):
        self.port = port
        self.socket: socket.socket | None = None
        self.statuses: dict[int, int] = {}

    def ask(self, raw: bytes) -> int:
        """The status of the answer; 0 where the server closed the connection instead."""
        status = 0
        with suppress(OSError, ValueError):
            status = self._ask(raw)
        if status == 0:
            self.close()
        self.statuses[status] = self.statuses.get(status, 0) + 1
        return status

    def _ask(self, raw: bytes) -> int:
        if self.socket is None:
            self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            self.file = self.socket.makefile("rb")
        self.socket.sendall(raw)
        status = int(self.file.readline().split(b" ")[1])
        head = {}
        while (line := self.file.readline().strip()) != b"":
            name, _colon, value = line.partition(b":")
            head[name.lower()] = value.strip()
        if status not in (204, 304):
            self.file.read(int(head.get(b"content-length", b"0")))
        if head.get(b"connection") == b"close":
            self.close()
        return status

    def close(self) -> None:
        if self.socket is not None:
            self.file.close()
            self.socket.close()
            self.socket = None


def storm(port: int, count: int, seed: int = 1, clients: int = 4) -> dict[int, int]:
    """Send so many requests from a few clients at once; how many answers had which status."""
    found = [Client(port) for _ in range(clients)]

    def attack(number: int) -> None:
        for _, raw in zip(range(count // clients), Hostile(seed * 1000 + number), strict=False):
            found[number].ask(raw)
        found[number].close()

    threads = [threading.Thread(target=attack, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    total: dict[int, int] = {}
    for client in found:
        for status, times in client.statuses.items():
            total[status] = total.get(status, 0) + times
    return total


def resident(session: int) -> float:
    """MiB that a server's processes hold, pages that they share counted once."""
    return sum(_share(folder) for folder in Path("/proc").glob("[0-9]*") if _in(folder, session))


def _in(folder: Path, session: int) -> bool:
    with suppress(OSError):
        return os.getsid(int(folder.name)) == session
    return False


def _share(folder: Path) -> float:
    with suppress(OSError):
        for line in (folder / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0
