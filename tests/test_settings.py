"""Settings are typed rows: each reads, bounds and documents itself."""

import re

import pytest

from exomock.every_setting import SETTINGS, Options
from exomock.kinds import Each, Maybe
from exomock.options import settings_of
from exomock.setting import WrongSetting
from exomock.settings import Settings

BOUNDED = [row for row in SETTINGS if row.bounds]


def ends(row):
    """The lowest and the highest value that a row says it takes."""
    low, high = re.fullmatch(r"([0-9.]+) to ([0-9.]+)(?: each)?", row.bounds).groups()
    return low, high


class TestARow:
    @pytest.mark.parametrize("row", BOUNDED, ids=lambda row: row.name)
    def test_takes_both_its_ends(self, row):
        """What the help and docs/settings.md call the bounds is what is read."""
        assert all(row.read(end) is not None for end in ends(row))

    @pytest.mark.parametrize("row", BOUNDED, ids=lambda row: row.name)
    def test_refuses_what_is_just_beyond_its_ends(self, row):
        """Both bounds stand in the error, with the option and what was found."""
        low, high = ends(row)
        for beyond in (f"{float(low) - 1:.15g}", f"{float(high) + 1:.15g}", "nan", "1e999", ""):
            if beyond == "" and isinstance(row.kind, Maybe):
                continue
            with pytest.raises(WrongSetting) as caught:
                row.read(beyond)
            assert f"--{row.name}: found '{beyond}', expected a" in str(caught.value)
            assert f"{low} to {high}" in str(caught.value)

    @pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
    def test_reads_its_own_default(self, row):
        """No default is a value that one could not say."""
        said = row.default.split() if isinstance(row.kind, Each) else row.default

        row.read(said)


class TestAllOfThem:
    def test_make_settings_that_are_the_defaults(self):
        """A server in a test's process and one that was told nothing have the same bounds."""
        assert Settings(open_house=True) == settings_of({}, 1)

    def test_are_read_when_asked_for(self):
        """A wrong value is an error of its own setting alone."""
        options = Options({"port": "http", "threads": "7"})

        assert 7 == options.threads
        with pytest.raises(WrongSetting, match="--port: found 'http'"):
            _ = options.port
