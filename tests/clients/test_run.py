"""
Clients under `exomock run`, each unchanged, with Exotel's host burnt in.

Each runs as a process of its own in the environment that `exomock run` gives its command. The
exomock behind it is one for all; what reached it is read in its journal.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from exomock.domain.scenario import Scenario
from exomock.engine.credentials import DEFAULT_ACCOUNT
from exomock.proxy.ways import REFUSED
from exomock.run.running import Running, led_to
from exomock.settings import Settings
from programs import NODE_HOME, needed

HERE = Path(__file__).parent
CONNECT = "/v1/Accounts/exomock/Calls/connect.json"
CALLS = "/v1/Accounts/exomock/Calls.json"
ELSEWHERE = REFUSED.format(host="hooks.example.com")
FORM = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


class Led:
    """The environment of a command, and the exomock that it leads to."""

    def __init__(self, exchange, environ):
        self.exchange, self.environ = exchange, environ

    def run(self, *argv: str, **variables: str) -> str:
        """What a command prints; it must end with 0."""
        done = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=self.environ | variables,
        )
        assert 0 == done.returncode, done.stderr + done.stdout
        return done.stdout

    @property
    def requests(self) -> list[tuple[str, str, int]]:
        """Method, path and status of each v1 request to the account, the oldest first."""
        entries = self.exchange.engine.worlds["exomock"].journal.entries()
        return [(each.method, each.path, each.status) for each in entries]


@pytest.fixture(scope="module")
def led_there(tmp_path_factory) -> Iterator[Led]:
    """An exomock whose time stands still, and the way to it."""
    own = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    running = Running(
        ["true"], Settings(rate=0, open_house=True), Scenario("calls"), (DEFAULT_ACCOUNT,), 1, 0, None, (),
        None, own,
    )  # fmt: skip
    with led_to(running, tmp_path_factory.mktemp("run")) as (exchange, environ):
        yield Led(exchange, environ)


@pytest.fixture
def led(led_there):
    """The same, with an empty journal."""
    led_there.exchange.engine.worlds["exomock"].journal.clear()
    return led_there


PYTHON = f"""
import os, CLIENT as client
auth = os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"]
for scheme, host in (("https", "api.exotel.com"), ("https", "api.in.exotel.com"), ("http", "twilix.exotel.in")):
    print(client.post(f"{{scheme}}://{{host}}{CONNECT}", auth=auth, data={FORM!r}).status_code)
print(client.get("http://hooks.example.com/").text.strip())
try:
    client.get("https://hooks.example.com/")
except Exception as error:
    print(error)
"""


@pytest.mark.parametrize("client", ["requests", "httpx"])
def test_python(led, client):
    """https and http under three of Exotel's names; another host is told how to be let through."""
    *codes, plain, secure = led.run(
        sys.executable, "-c", PYTHON.replace("CLIENT", client)
    ).splitlines()

    assert ["200"] * 3 == codes
    assert ELSEWHERE == plain
    assert ELSEWHERE in secure
    assert [("POST", "Calls/connect.json", 200)] * 3 == led.requests


def test_pyexotel(led):
    """PyPI's pyexotel 1.0.3, whose default host is api.exotel.com: its four calls to v1."""
    script = f"""
import os
from pyexotel.pyexotel import Exotel
client = Exotel(os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"], os.environ["EXOTEL_SID"])
placed = client.call("{FORM["From"]}", "{FORM["To"]}", "{FORM["CallerId"]}")["Call"]
flow = client.connect_flow("{FORM["From"]}", "{FORM["CallerId"]}", "926")["Call"]
print(placed["Status"], flow["Status"], client.get_call_info(placed["Sid"])["Call"]["Status"])
print(client.get_phone_info("{FORM["To"]}")["Numbers"]["PhoneNumber"])
"""
    said = led.run(sys.executable, "-c", script).split()

    assert ["in-progress"] * 3 + [FORM["To"]] == said
    assert ["POST", "POST", "GET", "GET"] == [method for method, _path, _status in led.requests]
    assert {200} == {status for _method, _path, status in led.requests}


NODE = """
const https = require('https'), http = require('http');
const auth = process.env.EXOTEL_API_KEY + ':' + process.env.EXOTEL_API_TOKEN;
const headers = {Authorization: 'Basic ' + btoa(auth)};
const get = (module, url) => new Promise((done) =>
  module.get(url, {headers}, (answer) => { answer.resume(); done(answer.statusCode); })
    .on('error', (error) => done(error.message)));
const fetched = (url) => fetch(url, {headers}).then((answer) => answer.status, (error) => error.cause.message);
(async () => {
  for (const url of ['https://api.exotel.com PATH', 'http://api.in.exotel.com PATH', 'HERE PATH', 'https://hooks.example.com/', 'http://hooks.example.com/']) {
    const real = url.replace(' PATH', 'CALLS').replace('HERE', process.env.EXOTEL_URL);
    console.log(await get(real.startsWith('https') ? https : http, real));
    console.log(await fetched(real));
  }
})();
""".replace("CALLS", CALLS)


def test_node(led, node):
    """Node's http, https and fetch, which read no proxy variable."""
    said = led.run(node, "-e", NODE).splitlines()

    assert ["200"] * 6 + [ELSEWHERE] * 4 == said
    assert 6 == len(led.requests)


def test_node_leaves_what_is_no_http_alone(led, node):
    """A database's connection to another host fails as it would without exomock: by its name."""
    script = "require('net').connect(5432, 'db.invalid').on('error', (e) => console.log(e.code))"

    assert led.run(node, "-e", script).strip() in ("ENOTFOUND", "EAI_AGAIN")


@pytest.mark.parametrize("proxied", [True, False], ids=["by the proxy", "by Node alone"])
def test_exotel_node(led, node, proxied):
    """npm's exotel-node 0.0.3 has twilix.exotel.in burnt in; `request` under it reads HTTPS_PROXY."""
    script = f"""
const exotel = require('exotel-node');
exotel.init('exomock', 'exomock-token', '{FORM["CallerId"]}');
exotel.connectCall('{FORM["From"]}', '{FORM["To"]}', (error, call) =>
  exotel.getCallDetails(call.Sid, (error, call) => console.log(error, call.Status)));
"""
    proxy = {} if proxied else {name: "" for name in led.environ if name.lower().endswith("_proxy")}

    said = led.run(node, "-e", script, NODE_PATH=str(NODE_HOME / "node_modules"), **proxy)

    assert "null in-progress" == said.strip()
    assert ["POST", "GET"] == [method for method, _path, _status in led.requests]


def test_npm_exotel(led, node):
    """npm's exotel 1.0.1 sends a message from ten nines, reads it back, and needs its errors."""
    script = """
const exotel = require('exotel')({id: 'exomock', token: 'exomock-token'});
exotel.sendSMS('09811100001', 'hello', (error, sent) =>
  exotel.checkSMS(sent.Sid, (error, found) =>
    exotel.checkSMS('nothing', (error) =>
      console.log(sent.Status, sent.From, found.Sid === sent.Sid, error.message))));
"""
    said = led.run(node, "-e", script, NODE_PATH=str(NODE_HOME / "node_modules"))

    assert "queued 09999999999 true 404: No matching results" == said.strip()
    assert ["POST", "GET", "GET"] == [method for method, _path, _status in led.requests]


def test_exotel_node_sends_a_message(led, node):
    """npm's exotel-node 0.0.3, whose XML it reads by TwilioResponse.SMSMessage."""
    script = f"""
const exotel = require('exotel-node');
exotel.init('exomock', 'exomock-token', '{FORM["CallerId"]}');
exotel.sendSMS('{FORM["From"]}', 'hello', (error, sent) => console.log(error, sent.Status));
"""
    said = led.run(node, "-e", script, NODE_PATH=str(NODE_HOME / "node_modules"))

    assert "null queued" == said.strip()


def test_curl(led):
    """https by tunnel, http by an absolute URL, and another host's refusal."""
    curl = needed("curl")
    user = ["-sS", "-u", "exomock-key:exomock-token"]

    for scheme in ("https", "http"):
        assert '"Total"' in led.run(curl, *user, f"{scheme}://my.exotel.com{CALLS}")
    assert ELSEWHERE == led.run(curl, "-s", "http://hooks.example.com/").strip()


JAVA = """
import java.net.URI;
import java.net.http.*;
import java.util.Base64;

public class Calls {
  public static void main(String[] urls) throws Exception {
    var user = System.getenv("EXOTEL_API_KEY") + ":" + System.getenv("EXOTEL_API_TOKEN");
    var basic = "Basic " + Base64.getEncoder().encodeToString(user.getBytes());
    for (var url : urls) {
      var request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", basic).build();
      var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
      System.out.println(answer.statusCode());
    }
  }
}
"""


def test_java(led, tmp_path):
    """Java's HttpClient by JAVA_TOOL_OPTIONS alone: proxy and trust store."""
    java = needed("java")
    (tmp_path / "Calls.java").write_text(JAVA)
    urls = [
        f"https://api.exotel.com{CALLS}",
        f"http://api.exotel.com{CALLS}",
        "http://hooks.example.com/",
    ]

    said = led.run(java, "-XX:TieredStopAtLevel=1", str(tmp_path / "Calls.java"), *urls)

    assert ["200", "200", "403"] == said.split()
    assert 2 == len(led.requests)
