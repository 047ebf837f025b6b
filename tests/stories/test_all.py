"""All shipped scenarios: each is told by a test, is short, and is the same story every time."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from exomock.scenarios import read_scenarios, shipped

CUSTOMERS = tuple(f"098{n}1111111" for n in (1, 2, 3, 4, 5, 1))
"""One for each beginning that the files give a fate of its own, and the first once more."""

SLOW = {("broken-answers", "09841111111"), ("broken-answers", "09851111111")}
"""Whose answers wait for the clock or drip in, so that nothing waits for them."""

WORDY = 40
"""Lines that somebody can read aloud."""


def test_each_is_told_by_a_test_file_of_its_name():
    """And no test tells of a story that is not shipped."""
    files = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}

    assert {name.replace("-", "_") for name in shipped()} == files - {"all"}


def test_each_stands_in_the_table_of_the_documentation():
    page = Path(__file__).parents[2] / "docs" / "scenarios.md"
    section = page.read_text(encoding="utf-8").split("\n## Shipped stories\n")[1].split("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line.startswith("| [`")]

    assert [f"[`{name}`](../scenarios/{name}.yaml)" for name in shipped()] == sorted(rows)


@pytest.mark.parametrize("name", shipped())
class TestEachFile:
    def test_is_short_enough_to_be_read_aloud(self, name):
        lines = shipped()[name].read_text(encoding="utf-8").splitlines()

        assert len(lines) <= WORDY
        assert max(map(len, lines)) <= 100

    def test_begins_by_saying_what_it_rehearses(self, name):
        text = shipped()[name].read_text(encoding="utf-8")
        head = text[: text.index("\ndescription: ")]

        assert head.startswith("# ")
        assert name == "default" or f"# Run it: exomock serve --scenario {name}" in head

    def test_can_be_read_by_its_name(self, name):
        assert f"{name}.yaml" == read_scenarios((name,)).name

    def test_is_the_same_bytes_on_two_servers(self, play, name):
        """
        Same seed, same requests, same time: the same transcript, Sids included.

        A RecordingUrl has the server's port, unless --recording-base gives it another beginning.
        """
        base = "https://recordings.exotel.com"
        one, other = (lived_through(play(name, recording_base=base), name) for _ in range(2))

        assert one == other
        kinds = [json.loads(line)["kind"] for line in one.splitlines()]
        assert len(CUSTOMERS) + 1 == kinds.count("request")


def lived_through(story, name):
    """Call everybody, let an hour pass, ask for the list; the transcript of it all."""
    with ThreadPoolExecutor(len(CUSTOMERS)) as pool:
        answers = []
        for count, customer in enumerate(CUSTOMERS, 1):
            answers.append(pool.submit(answer_to, story, customer))
            if (name, customer) in SLOW:
                story.wait_for_requests(count)
            else:
                answers[-1].result(timeout=20)
        story.advance(3600)
        for answer in answers:
            answer.result(timeout=20)
    story.get("Calls.json", params={"details": "true"})
    return story.control("GET", "transcript").content


def answer_to(story, customer):
    """Place a call, whatever comes of the answer."""
    try:
        return story.try_connect(**story.subscribed(customer)).status_code
    except requests.exceptions.RequestException as error:
        return type(error).__name__
