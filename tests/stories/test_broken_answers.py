"""broken-answers: what a client sees of a call is broken; the call itself may be well."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

USUAL = [("answered", "in-progress"), ("answered", "in-progress"), ("terminal", "completed")]


@pytest.fixture
def story(play):
    return play("broken-answers")


def of(story, to):
    """Statuses of the calls that there are to a number, a minute later."""
    story.advance(60)
    return [call["Status"] for call in story.calls(To=to)["Calls"]]


class TestCut:
    def test_the_connection_ends_in_the_middle_and_the_call_is_well(self, story):
        """The client cannot know its Sid; the receiver can."""
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            story.try_connect(**story.subscribed("09811111111"))

        assert ["completed"] == of(story, "09811111111")
        assert USUAL == story.heard()

    def test_a_client_that_tries_again_calls_twice(self, story):
        """Which is the mistake that this story is there to find."""
        for _ in range(2):
            with pytest.raises(requests.exceptions.RequestException):
                story.sdk.call_number("09811100001", "08047112233", "09811111111")

        assert ["completed"] * 2 == of(story, "09811111111")


class TestMalformed:
    def test_it_is_a_200_that_is_no_json_and_the_call_is_well(self, story):
        response = story.try_connect(**story.subscribed("09822222222"))

        assert (200, "application/json") == (
            response.status_code,
            response.headers["Content-Type"],
        )
        with pytest.raises(requests.exceptions.JSONDecodeError):
            response.json()
        assert ["completed"] == of(story, "09822222222")
        assert USUAL == story.heard()

    def test_it_is_no_xml_either(self, story):
        """Its last tag is missing."""
        data = {"From": "09811100001", "To": "09822222222", "CallerId": "08047112233"}
        response = story.post("Calls/connect", data=data)

        assert response.text.startswith("<?xml")
        assert "</TwilioResponse>" not in response.text


class TestGateway:
    def test_it_answers_502_in_html_and_no_call_is_made(self, story):
        response = story.try_connect(**story.subscribed("09833333333"))

        assert 502 == response.status_code
        assert response.headers["Content-Type"].startswith("text/html")
        assert "<h1>502 Bad Gateway</h1>" in response.text
        assert [] == of(story, "09833333333")
        assert [] == story.heard()


class TestSlow:
    def test_the_answer_comes_ten_seconds_later_and_the_call_began_at_once(self, story):
        """Account time, which is moved while the client waits."""
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(story.try_connect, **story.subscribed("09844444444"))
            story.wait_for_requests(1)
            assert not waiting.done()
            story.advance(9.9)
            assert not waiting.done()
            assert [("answered", "in-progress")] == story.heard()
            story.advance(0.1)
            call = waiting.result(timeout=10).json()["Call"]

        assert ("in-progress", "2026-03-01 12:00:00") == (call["Status"], call["DateCreated"])

    def test_a_client_that_waits_no_longer_has_called_all_the_same(self, story):
        with pytest.raises(requests.exceptions.ReadTimeout):
            requests.post(
                f"{story.mock.base}/Calls/connect.json",
                data={"From": "09811100001", "CallerId": "08047112233", "To": "09844444444"},
                auth=story.http.auth,
                timeout=0.2,
            )
        story.wait_for_requests(1)

        assert ["completed"] == of(story, "09844444444")


class TestDripping:
    def test_the_whole_answer_comes_in_many_pieces(self, story):
        """500 bytes a second take longer than a second, and no pause does: no read timeout."""
        response = requests.post(
            f"{story.mock.base}/Calls/connect.json",
            data=story.subscribed("09855555555", From="09811100001", CallerId="08047112233"),
            auth=story.http.auth,
            timeout=1,
            stream=True,
        )
        with response:
            raw = response.raw
            read1 = getattr(raw, "read1", None) or raw._fp.read1  # urllib3 has it since 2.1
            pieces = list(iter(read1, b""))

        assert len(pieces) >= 3
        assert int(response.headers["Content-Length"]) == len(b"".join(pieces))
        assert b'"Status": "in-progress"' in b"".join(pieces)
        assert ["completed"] == of(story, "09855555555")


def test_other_numbers_and_other_requests_are_answered_as_usual(story):
    sid = story.dial("09866666666")
    story.advance(60)

    assert ("completed", USUAL) == (story.status(sid), story.heard(sid))
    assert 1 == story.total()
