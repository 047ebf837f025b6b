"""
The samples of the vendor's documentation, run as they stand.

`samples/` holds them verbatim but for their line breaks, which the stored text lost. Filled in when
they run: host and credentials, the masked digits, the Sid of a call that exists, and the URL of
a receiver. Source: the stored documentation text that exotel-v1.md marks S.
"""

import ast
import base64
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from programs import NODE_HOME, needed

HERE = Path(__file__).parent


def filled_in(sample: str, driver, *, sid: str = "", callback: str = "") -> str:
    """The sample with what the documentation left out; see the top of this file."""
    mock = driver.mock
    credentials = base64.b64encode(f"{mock.key}:{mock.token}".encode()).decode()
    for blank, value in {
        "https://<your_api_key>:<your_api_token><subdomain>": mock.url.replace(
            "://", f"://{mock.key}:{mock.token}@"
        ),
        "https://api.exotel.com": mock.url,
        "<Base64_Encoded_APIKey:APIToken>": credentials,
        "<your_sid>": mock.sid,
        "<account_sid>": mock.sid,
        "b6cfaf5f5cef3ca0fc937749ef960e25": sid,
        "http://your-application.com/exotel-callback": callback,
        "https://yourstatuscallbackurl.com": callback,
    }.items():
        sample = sample.replace(blank, value)
    sample = re.sub("X{4,}", lambda masked: "9" * len(masked[0]), sample)
    assert not re.search("<|exotel-callback", sample), sample
    return sample


def evaluated(sample: str) -> str:
    """
    The answer to a Python sample.

    The samples do not print it; it is the value of their last line.
    """
    *before, last = ast.parse(sample).body
    names: dict[str, object] = {}
    exec(compile(ast.Module(before, []), "sample", "exec"), names)
    return eval(compile(ast.Expression(last.value), "sample", "eval"), names).text


@pytest.fixture
def run(driver, request):
    """Run a sample of `samples/` by name, and give the XML that it gets."""

    def run(name: str, **blanks: str) -> ET.Element:
        text = filled_in((HERE / "samples" / name).read_text(), driver, **blanks)
        if name.endswith(".py.txt"):
            return ET.fromstring(evaluated(text))
        if name.endswith(".sh"):
            needed("curl")
            command = ["sh", "-c", text]
        else:
            command = [request.getfixturevalue("node"), "-e", text]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=20, check=False,
            env=os.environ | {"NODE_PATH": str(NODE_HOME / "node_modules")},
        )  # fmt: skip
        assert 0 == done.returncode, done.stderr
        return ET.fromstring(done.stdout)

    return run


class TestConnectingTwoNumbers:
    @pytest.mark.parametrize("name", ["connect.js", "connect.py.txt"])
    def test_places_a_call(self, run, driver, name):
        """The numbers of the sample in the form the service shows, played to the end."""
        root = run(name)
        driver.advance(48)

        (call,) = driver.calls()["Calls"]
        assert ("09999930240", "09999940682") == (call["From"], call["To"])
        assert ("09999994890", "completed") == (call["PhoneNumberSid"], call["Status"])
        assert "in-progress" == root.findtext("Call/Status")
        assert call["Sid"] == root.findtext("Call/Sid")

    def test_with_curl_d_tells_its_callback_in_json(self, run, driver, receiver):
        """`-d "From=+91…"` arrives with a space for the plus; the callback has it as it was sent."""
        root = run("connect_events.sh", callback=receiver.url)
        driver.advance(48)

        (got,) = receiver.got
        told = json.loads(got.raw)
        assert "application/json" == got.headers["Content-Type"]
        assert ("terminal", "completed") == (told["EventType"], told["Status"])
        assert root.findtext("Call/Sid") == told["CallSid"]
        assert ("+919413749999", "+918867999999") == (told["From"], told["To"])
        assert "09413749999" == root.findtext("Call/From")

    def test_with_curl_form_records_and_tells_all_events(self, run, driver, receiver):
        """Quotes around the values, two events by index, Record: answered, answered, terminal."""
        root = run("connect_form.sh", callback=receiver.url)
        driver.advance(48)

        told = [json.loads(got.raw) for got in receiver.got]
        assert ["answered", "answered", "terminal"] == [each["EventType"] for each in told]
        assert root.findtext("Call/Sid") in told[-1]["RecordingUrl"]
        assert "+919999999999" == told[-1]["To"]


@pytest.mark.parametrize("name", ["connect_flow.sh", "connect_flow.js", "connect_flow.py.txt"])
def test_connecting_a_number_to_a_flow_places_a_call(run, driver, name):
    """The flow of the sample belongs to the account `Exotel`; it completes."""
    root = run(name)
    driver.advance(3600)

    (call,) = driver.calls()["Calls"]
    assert ("09999930240", "completed") == (call["From"], call["Status"])
    assert call["Sid"] == root.findtext("Call/Sid")


class TestReading:
    @pytest.mark.parametrize("name", ["details.sh", "details.js", "details.py.txt"])
    def test_call_details(self, run, driver, name):
        """A call that has ended, in XML."""
        sid = driver.connect()
        driver.advance(48)

        root = run(name, sid=sid)

        assert sid == root.findtext("Call/Sid")
        assert "48" == root.findtext("Call/Duration")

    @pytest.mark.parametrize("name", ["list.sh", "list.js", "list.py.txt"])
    def test_bulk_call_details(self, run, driver, name):
        """The account's ended calls, in XML."""
        sids = {driver.connect(), driver.connect()}
        driver.advance(48)

        root = run(name)

        assert "2" == root.findtext("Metadata/Total")
        assert sids == {call.findtext("Sid") for call in root.findall("Call")}

    @pytest.mark.parametrize("name", ["numbers.sh", "numbers.js", "numbers.py.txt"])
    def test_number_metadata(self, run, name):
        """The number as 0 and 10 digits, in XML."""
        root = run(name)

        assert "09999930240" == root.findtext("Numbers/PhoneNumber")
        assert "Mobile" == root.findtext("Numbers/Type")
