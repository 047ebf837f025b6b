"""The settings of a process among others: its URL, and its lease."""

import click
import pytest

from exomock.every_setting import Options
from exomock.options import settings_of
from exomock.setting import WrongSetting


class TestAdvertise:
    @pytest.mark.parametrize(
        ("said", "read"),
        [
            ("http://10.0.0.1:8080", "http://10.0.0.1:8080"),
            ("http://Exomock-1/", "http://exomock-1"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ],
    )
    def test_takes_a_url_of_a_host(self, said, read):
        """Without a slash at its end: paths are put behind it."""
        assert read == Options({"advertise": said}).advertise

    @pytest.mark.parametrize(
        "said",
        [
            "10.0.0.1:8080", "http://", "http://a:0", "http://a:70000", "http://a:port", "ftp://a",
            "https://a", "http://a/exomock", "http://a?b", "http://user:secret@a", "http://a b",
            "http://a:8080\n",
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_url_of_a_host_in_one_line(self, said):
        """Siblings connect to a host by http; a path or credentials would be lost."""
        with pytest.raises(WrongSetting) as caught:
            _ = Options({"advertise": said}).advertise

        text = str(caught.value)
        assert text.startswith("--advertise: found '")
        assert text.endswith("expected a URL of a host alone such as http://10.0.0.1:8080")
        assert "\n" not in text
        assert "secret" not in text


class TestLease:
    def test_is_renewed_three_times_before_it_is_over(self):
        """Or one renewal that is late would cost a process its accounts."""
        assert 3.0 == settings_of({"lease": "9", "lease_renewal": "3"}, 1).lease_renewal
        with pytest.raises(click.UsageError) as caught:
            settings_of({"lease": "5", "lease_renewal": "2"}, 1)
        assert (
            "--lease-renewal: found '2', expected at most a third of --lease, which is 5"
            == caught.value.message
        )
