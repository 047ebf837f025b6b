"""`exomock serve --watch`, and what a scenario file decides at start: docs/scenarios.md."""

import pytest

from conftest import Driver, error_of

EVENING = """
clock: {now: "2026-03-01T18:00:00+05:30", rate: 0}
rules:
  - refuse: {status: 402, code: 1, message: "FIRST"}
"""


@pytest.fixture
def file(tmp_path):
    file = tmp_path / "evening.yaml"
    file.write_text(EVENING)
    return file


def refusal(server):
    """What an order is told, over a connection of its own."""
    driver = Driver(server)
    with driver.http:
        return error_of(driver.try_connect())["Message"]


class TestWatching:
    def test_reads_a_changed_file_again_and_keeps_the_old_one_while_it_is_wrong(self, serve, file):
        server = serve("--scenario", "evening.yaml", "--watch")
        assert "FIRST" == refusal(server)

        file.write_text(EVENING.replace("refuse:", "refuze:"))
        server.err.wait_for("evening.yaml:4: rules.0.refuze: unknown key; did you mean 'refuse'?")
        assert "FIRST" == refusal(server)

        file.write_text(EVENING.replace("FIRST", "SECOND"))
        server.err.wait_for("read again: evening.yaml")
        assert "SECOND" == refusal(server)

    def test_sees_what_a_file_includes(self, serve, file, tmp_path):
        file.write_text("include: more.yaml\n")
        more = tmp_path / "more.yaml"
        more.write_text(EVENING)
        server = serve("--scenario", "evening.yaml", "--watch")
        more.write_text(EVENING.replace("FIRST", "THIRD"))
        server.err.wait_for("read again: ")

        assert "THIRD" == refusal(server)

    def test_goes_on_when_a_file_has_been_away(self, serve, file):
        """As editors and version control leave it for a moment."""
        server = serve("--scenario", "evening.yaml", "--watch")
        file.unlink()
        server.err.wait_for("the old scenario stays")
        assert "FIRST" == refusal(server)

        file.write_text(EVENING.replace("FIRST", "FOURTH"))
        server.err.wait_for("read again: evening.yaml")
        assert "FOURTH" == refusal(server)

    def test_keeps_to_the_bound_of_past_calls(self, serve, file):
        server = serve("--scenario", "evening.yaml", "--watch", "--max-history", "10")
        file.write_text(f"{EVENING}history: {{calls: 11}}\n")
        server.err.wait_for("max-history: 11 past calls, expected at most 10")
        assert "FIRST" == refusal(server)


class TestAtTheStart:
    def test_the_scenarios_clock_holds(self, serve, file):
        file.write_text('clock: {now: "2026-03-01T18:00:00+05:30", rate: 0}\n')
        server = serve("--scenario", "evening.yaml")
        server.out.wait_for("clock +frozen")
        driver = Driver(server)
        with driver.http:
            call = driver.call(driver.connect())

        assert "2026-03-01 18:00:00" == call["DateCreated"]

    @pytest.mark.usefixtures("file")
    def test_the_command_line_beats_it(self, serve):
        server = serve(
            "--scenario", "evening.yaml", "--clock", "x2", "--now", "2026-05-01T10:00:00"
        )
        server.out.wait_for("clock +x2")

    def test_too_long_a_history_is_one_line(self, serve, file):
        file.write_text("history: {calls: 11}\n")
        with pytest.raises(AssertionError, match="--max-history: the scenario makes 11 past calls"):
            serve("--scenario", "evening.yaml", "--max-history", "10")
