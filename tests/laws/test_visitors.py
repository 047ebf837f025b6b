"""No page in somebody's browser uses v1 unless it was named, and nobody by a name that lies."""

import http.client
import json
from urllib.parse import urlsplit

import click
import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import EXOPHONE, FROM, TO, Driver, error_of
from exomock.api.visitors import is_near
from exomock.every_setting import SETTINGS
from exomock.options import settings_of
from exomock.server import Exomock

APP = "http://localhost:3000"
FOREIGN = [
    "http://evil.example",
    "https://evil.example",
    "null",
    "http://127.0.0.1:1",
    "",
    "://",
    "http://[::1",
    "file://",
]
REBOUND = ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "exotel.com.evil.example", "notexotel.in", "8.8.8.8", "[2606:4700::1111]:80", "localhost.evil.example", "[::1", "a" * 300, ".", "localhost@evil.example", "evil.example."]  # fmt: skip
NEAR = ["localhost", "LOCALHOST:1", "127.0.0.1:8080", "127.9.9.9", "[::1]:80", "0.0.0.0:8080", "10.0.0.7", "192.168.1.5:80", "172.17.0.1", "[fd00::1]", "exomock", "exomock:8080", "host.docker.internal", "my-mac.local:8080", "shop.test", "x.localhost", "api.exotel.com", "api.in.exotel.com:80", "twilix.exotel.in", "localhost."]  # fmt: skip


def ask(driver, method="GET", path="", **headers):
    """A v1 request with the right credentials and headers of one's own."""
    return driver.http.request(
        method,
        f"{driver.mock.base}{path}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        data={"From": FROM, "To": TO, "CallerId": EXOPHONE} if method == "POST" else None,
        timeout=9,
    )


@pytest.fixture(scope="module")
def one():
    """One server for many examples."""
    with Exomock() as mock:
        yield Driver(mock)


class TestAForeignPage:
    """It gets a 403 that says how it may, and what it asked for has no effect."""

    @pytest.mark.parametrize("origin", FOREIGN)
    def test_places_no_call(self, driver, origin):
        """Whatever the Origin header says that is not this server."""
        response = ask(driver, "POST", "/Calls/connect.json", Origin=origin)

        assert 403 == response.status_code
        assert "allow-origin" in error_of(response)["Message"]
        assert "allow-origin" in response.headers["X-Exomock-Why"]
        assert [] == list(driver.mock.exchange.engine.store.calls.all("exomock"))

    def test_reads_no_answer_that_was_kept_for_others(self, driver):
        """An answer in memory knows of no Origin: the check comes before it."""
        sid = driver.connect()
        driver.advance(60)
        path = f"/Calls/{sid}.json"

        assert [200, 200, 403, 200] == [
            ask(driver, "GET", path, **headers).status_code
            for headers in ({}, {}, {"Origin": "http://evil.example"}, {})
        ]

    def test_makes_no_account_in_an_open_house(self, exchange):
        """The check comes before the credentials."""
        mock = exchange(open_house=True).mock
        url = f"{mock.url}/v1/Accounts/new1"
        page = {"Origin": "http://evil.example"}
        response = requests.get(url, auth=("k", "t"), headers=page, timeout=9)

        assert 403 == response.status_code
        assert ["exomock"] == list(mock.exchange.engine.worlds)

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD"])
    @pytest.mark.parametrize("path", ["", "/Calls/x", "/Calls.json", "/nowhere"])
    def test_is_refused_on_every_path_by_every_method(self, one, method, path):
        """In the format of the path, like any error."""
        response = ask(one, method, path, Origin="http://evil.example")

        assert 403 == response.status_code
        kind = "application/json" if ".json" in path else "application/xml"
        assert kind == response.headers["Content-Type"]
        assert "Access-Control-Allow-Origin" not in response.headers
        if method != "HEAD":
            assert "403" == str(error_of(response)["Status"])

    def test_stands_in_the_journal(self, driver):
        """The developer of a page that is refused finds out why."""
        ask(driver, "POST", "/Calls/connect.json", Origin=APP)
        (entry,) = driver.mock.exchange.engine.worlds["exomock"].journal.entries()

        assert (403, "Calls/connect.json") == (entry.status, entry.path)
        assert f"--allow-origin {APP}" in entry.why

    def test_is_named_once_in_the_log(self, driver, caplog):
        """Browsers hide the answer; a page that asks a thousand times fills no log."""
        for _ in range(5):
            ask(driver, Origin=APP)

        (record,) = [each for each in caplog.records if "web page" in each.getMessage()]
        assert f"--allow-origin {APP}" in record.getMessage()

    @settings(max_examples=40, deadline=None)
    @given(st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f")))
    def test_has_an_answer_whatever_it_calls_itself(self, one, text):
        """Any Origin that a header can carry is refused in words that both formats can carry."""
        response = ask(one, Origin=text.encode("latin-1").strip())

        assert 403 == response.status_code
        assert 403 == int(error_of(response)["Status"])
        assert response.headers["X-Exomock-Why"].isprintable()


class TestOurOwnPage:
    """A page that this server itself gave out is no foreign one."""

    def test_may_use_v1(self, driver):
        """Its Origin is the server that is asked; it needs no CORS."""
        response = ask(driver, Origin=driver.mock.url)

        assert 200 == response.status_code
        assert "Access-Control-Allow-Origin" not in response.headers


class TestANamedOrigin:
    """What `allow-origin` names is answered as a browser wants it."""

    @pytest.mark.parametrize(
        ("allowed", "said"), [((APP,), APP), (("http://other.test", APP), APP), (("*",), "*")]
    )
    def test_gets_answers_that_its_page_may_read(self, exchange, allowed, said):
        """Kept answers and errors too, and each says that it depends on the Origin."""
        driver = exchange(allow_origin=allowed)
        sid = driver.connect()
        driver.advance(60)
        paths = [f"/Calls/{sid}.json", f"/Calls/{sid}.json", "/Calls/x"]
        responses = [ask(driver, "GET", path, Origin=APP) for path in paths]

        assert [200, 200, 404] == [each.status_code for each in responses]
        for each in responses:
            assert said == each.headers["Access-Control-Allow-Origin"]
            assert "X-Exomock-Why" == each.headers["Access-Control-Expose-Headers"]
            assert "Origin" == each.headers["Vary"]

    def test_leaves_nothing_in_what_others_are_answered(self, exchange):
        """The headers are this answer's alone, though the answer itself is kept."""
        driver = exchange(allow_origin=(APP,))
        ask(driver, "GET", "", Origin=APP)

        assert "Access-Control-Allow-Origin" not in ask(driver).headers

    def test_may_ask_beforehand_without_credentials(self, exchange):
        """A preflight carries none; what it is told is all that v1 needs."""
        driver = exchange(allow_origin=(APP,))
        response = requests.options(
            f"{driver.mock.base}/Calls/connect.json",
            headers={
                "Origin": APP,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type",
                "Access-Control-Request-Private-Network": "true",
            },
            timeout=9,
        )

        assert (204, b"") == (response.status_code, response.content)
        assert APP == response.headers["Access-Control-Allow-Origin"]
        assert "POST" in response.headers["Access-Control-Allow-Methods"]
        assert "authorization,content-type" == response.headers["Access-Control-Allow-Headers"]
        assert "true" == response.headers["Access-Control-Allow-Private-Network"]

    def test_lets_no_other_in(self, exchange):
        """One name is not all names."""
        driver = exchange(allow_origin=(APP,))

        assert 403 == ask(driver, Origin="http://localhost:3001").status_code

    def test_may_not_drive_the_control_api(self, exchange):
        """A page that may place calls may still not empty accounts."""
        driver = exchange(allow_origin=("*",))
        url = f"{driver.mock.url}/_exomock/accounts"

        assert 403 == requests.get(url, headers={"Origin": APP}, timeout=9).status_code


class TestAHost:
    """On loopback, a name that a foreign page could have rebound is refused; no other is."""

    @pytest.mark.parametrize("host", REBOUND)
    def test_of_a_stranger_is_refused(self, one, host):
        """Such a page has a registered name, and its requests no foreign Origin."""
        response = ask(one, Host=host, Origin=f"http://{host}")

        assert 403 == response.status_code
        assert "is no name of this machine" in error_of(response)["Message"]

    @pytest.mark.parametrize("host", NEAR)
    def test_that_is_near_or_exotels_is_not(self, one, host):
        """Clients of this machine, of containers, and with Exotel's name burnt in."""
        assert 200 == ask(one, Host=host).status_code

    def test_is_not_looked_at_beyond_loopback(self, exchange):
        """There a server has whatever name its owner gave it, and credentials guard it."""
        driver = exchange(loopback=False, control_token="a-secret-token")
        answers = {host: ask(driver, Host=host).status_code for host in [*REBOUND, *NEAR]}

        assert [] == [host for host, status in answers.items() if status == 403]

    def test_of_a_named_origin_is_allowed(self, exchange):
        """So there is a way for a tunnel's public name."""
        driver = exchange(allow_origin=("https://abc.tunnel.example",))

        assert 200 == ask(driver, Host="abc.tunnel.example").status_code
        assert 403 == ask(driver, Host="abd.tunnel.example").status_code

    def test_may_be_missing(self, driver):
        """A browser always sends one; what does not is a script in HTTP/1.0."""
        address = urlsplit(driver.mock.url).netloc
        connection = http.client.HTTPConnection(address, timeout=9)
        connection.putrequest("GET", "/v1/Accounts/exomock.json", skip_host=True)
        connection.endheaders()
        response = connection.getresponse()

        assert 401 == response.status
        assert 401 == json.loads(response.read())["RestException"]["Status"]
        connection.close()

    @settings(deadline=None)
    @given(st.text(max_size=80))
    def test_is_judged_whatever_it_is(self, host):
        """No text makes the judge stumble."""
        assert is_near(host) in (True, False)


class TestTheSetting:
    """`--allow-origin` takes what a browser sends, and says what it expected otherwise."""

    @staticmethod
    def settings(*origins):
        """The settings of a server that was told these origins."""
        said = {each.field: () if each.multiple else each.default for each in SETTINGS}
        return settings_of(said | {"allow_origin": origins}, 1)

    @pytest.mark.parametrize(
        ("text", "read"),
        [
            ("http://localhost:3000/", "http://localhost:3000"),
            ("HTTPS://Shop.Test:443", "https://shop.test"),
            ("http://[::1]:80", "http://[::1]"),
            ("capacitor://localhost", "capacitor://localhost"),
            ("null", "null"),
            ("*", "*"),
        ],
    )
    def test_is_read_as_browsers_write_it(self, text, read):
        """Lower case, no slash at the end, no port that the scheme stands for."""
        assert (read,) == self.settings(text).allow_origin

    @pytest.mark.parametrize(
        "text", ["localhost:3000", "http://", "http://a/b", "http://u@a", "a b", "http://a\x1b"]
    )
    def test_refuses_what_no_browser_sends(self, text):
        """In one line that shows an origin."""
        with pytest.raises(click.UsageError, match="http://localhost:3000"):
            self.settings(text)
