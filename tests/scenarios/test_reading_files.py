"""Scenarios of several files: includes, folders, and what becomes of each part."""

import pytest

from conftest import NOON
from exomock.domain.clock import SECOND
from exomock.domain.scenario import ClockStart, Terms
from exomock.scenarios import ScenarioError, files_of, read_scenario, read_scenarios

ALL = "rules: [{name: all}]"


@pytest.fixture
def files(tmp_path):
    """Write files by their paths in a folder, and give the folder."""

    def write(texts):
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def names(scenario):
    """The names of its rules, in order."""
    return [rule.place.split()[-1] for rule in scenario.rules]


def named(name, number):
    """A file with one rule that names a number."""
    return f'rules: [{{name: {name}, when: {{to: "{number}"}}}}]'


class TestInclude:
    def test_one_file(self, files):
        """A bare word; what it says comes after what the file itself says."""
        folder = files({"a.yaml": f"include: b.yaml\n{named('a', '0981*')}", "b.yaml": named("b", "0982*")})  # fmt: skip

        assert ["a", "b"] == names(read_scenarios((str(folder / "a.yaml"),)))

    def test_a_list_of_files(self, files):
        """In the order of the list."""
        folder = files(
            {
                "a.yaml": "include: [c.yaml, b.yaml]",
                "b.yaml": named("b", "0982*"),
                "c.yaml": named("c", "0983*"),
            }
        )

        assert ["c", "b"] == names(read_scenarios((str(folder / "a.yaml"),)))

    def test_one_that_includes_another_in_a_folder_below(self, files):
        """A path counts from the file that it stands in."""
        folder = files(
            {
                "a.yaml": "include: below/b.yaml",
                "below/b.yaml": "include: [c.yaml, ../d.yaml]",
                "below/c.yaml": named("c", "0983*"),
                "d.yaml": named("d", "0984*"),
            }
        )

        assert ["c", "d"] == names(read_scenarios((str(folder / "a.yaml"),)))

    def test_a_catch_all_of_an_included_file_hides_nothing(self, files):
        """It comes after every rule that names something, and after the file's own catch-all."""
        folder = files(
            {
                "a.yaml": f"include: [b.yaml, c.yaml]\n{named('a', '0981*')}",
                "b.yaml": ALL,
                "c.yaml": named("c", "0983*"),
            }
        )
        assert ["a", "c", "all"] == names(read_scenarios((str(folder / "a.yaml"),)))

        (folder / "a.yaml").write_text("include: b.yaml\nrules: [{name: own}]", encoding="utf-8")
        assert ["own", "all"] == names(read_scenarios((str(folder / "a.yaml"),)))

    def test_a_file_is_read_once(self, files):
        """However often, and by whatever path, it is included."""
        folder = files(
            {
                "a.yaml": "include: [b.yaml, c.yaml, b.yaml, ./b.yaml, below/../b.yaml]",
                "b.yaml": named("b", "0982*"),
                "c.yaml": f"include: b.yaml\n{named('c', '0983*')}",
                "below/d.yaml": "",
            }
        )
        path = str(folder / "a.yaml")

        assert ["b", "c"] == names(read_scenarios((path, path)))

    def test_the_file_itself_speaks_first(self, files):
        """Its seed stands, whatever the included one says."""
        folder = files({"a.yaml": "include: b.yaml\nseed: 1", "b.yaml": "seed: 2"})

        assert 1 == read_scenarios((str(folder / "a.yaml"),)).seed

    def test_a_place_names_the_file_as_it_was_reached(self, files):
        """A log line leads to the rule."""
        folder = files({"a.yaml": "include: below/b.yaml", "below/b.yaml": f"\n{ALL}"})
        (rule,) = read_scenarios((str(folder / "a.yaml"),)).rules

        assert f"{folder / 'below' / 'b.yaml'}:2 all" == rule.place

    def test_a_mistake_in_an_included_file_is_told_with_that_file(self, files):
        """All mistakes of all files at once."""
        folder = files({"a.yaml": "include: b.yaml\nseed: 1", "b.yaml": "\nseed: x"})
        with pytest.raises(ScenarioError, match=r"b\.yaml:2: seed: found 'x'"):
            read_scenarios((str(folder / "a.yaml"),))


class TestFolder:
    def test_its_files_in_the_order_of_their_names(self, files):
        """.yaml and .yml; nothing else, and nothing below."""
        folder = files(
            {
                "20.yaml": named("b", "0982*"),
                "10.yml": f"{ALL[:-1]}]",
                "30.yaml": named("c", "0983*"),
                "notes.txt": "no scenario",
                "below/x.yaml": named("x", "0984*"),
            }
        )

        assert ["b", "c", "all"] == names(read_scenarios((str(folder),)))

    def test_a_folder_beside_a_file(self, files):
        """In the order of the command line."""
        folder = files({"one/a.yaml": named("a", "0981*"), "b.yaml": named("b", "0982*")})

        assert ["b", "a"] == names(read_scenarios((str(folder / "b.yaml"), str(folder / "one"))))

    def test_all_mistakes_of_all_files(self, files):
        """Each with its file."""
        folder = files({"a.yaml": "sed: 1", "b.yaml": "seed: 1", "c.yaml": "seed: x"})
        with pytest.raises(ScenarioError) as caught:
            read_scenarios((str(folder),))

        assert ["a.yaml:1", "c.yaml:1"] == [
            line.removeprefix(f"{folder}/").partition(": ")[0]
            for line in str(caught.value).split("\n")
        ]


class TestMerging:
    def test_lists_add_up_in_the_order_of_the_files(self, files):
        """history, calls, inbound, faults, exophones."""
        folder = files(
            {
                "a.yaml": 'history: {calls: 1}\ncalls: [{to: "09811100001", created: 2026-03-01}]\n'
                "inbound: [{every: 1s}]\nfaults: [{delay: 1s}]\n"
                'account: {exophones: ["08047112233", "08047112244"]}',
                "b.yaml": 'history: [{calls: 2}]\ncalls: [{to: "09811100002", created: 2026-03-01}]\n'
                "inbound: [{every: 2s}]\nfaults: [{delay: 2s}]\n"
                'account: {exophones: ["08047112244", "08047112255"]}',
            }
        )
        found = read_scenarios((str(folder),))

        assert [1, 2] == [each.calls for each in found.history]
        assert ["09811100001", "09811100002"] == [each.to.shown for each in found.calls]
        assert [SECOND, 2 * SECOND] == [each.every.low for each in found.inbound]
        assert [SECOND, 2 * SECOND] == [each.delay.low for each in found.faults]
        assert ("+918047112233", "+918047112244", "+918047112255") == found.terms.numbers

    def test_of_single_values_the_first_counts_each_for_itself(self, files):
        """A file that does not say leaves it to the next; 0 is something said."""
        folder = files(
            {
                "a.yaml": "clock: {rate: 0}\naccount: {late_fields: 0s}",
                "b.yaml": 'clock: {now: "2026-03-01 12:00:00", rate: 60}\n'
                "account: {late_fields: 2m, rate_limit: 200/min}",
                "c.yaml": 'clock: {now: "2027-03-01 12:00:00"}\n'
                "account: {rate_limit: 100/min, balance: 5}\nmagic: false",
            }
        )
        found = read_scenarios((str(folder),))

        assert ClockStart(NOON, 0.0) == found.clock
        assert Terms((), 0, 200, 5000) == found.terms
        assert not found.magic

    def test_the_files_that_were_read_are_known(self, files):
        """They are watched; so is a wrong one, or nobody would see that it has been mended."""
        folder = files({"a.yaml": "include: below/b.yaml", "below/b.yaml": "", "c.yaml": ""})
        found = [folder / "a.yaml", folder / "c.yaml", folder / "below" / "b.yaml"]
        assert found == files_of((str(folder),))

        (folder / "below" / "b.yaml").write_text("seed: x", encoding="utf-8")
        assert found == files_of((str(folder),))

    def test_a_text_without_a_place_includes_nothing(self):
        """An empty list is nothing."""
        assert () == read_scenario("f.yaml", b"include: []").rules
