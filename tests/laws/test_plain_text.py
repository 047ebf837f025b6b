"""What came from outside reaches a terminal or a log only through `plain` and `masked`."""

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exomock.plain import masked, plain, plain_page

STEERING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
ANY_TEXT = st.text(
    st.characters() | st.sampled_from("\x00\n\r\t\x1b\x7f\x9b\u2028\u202e\u2066\ud800")
)
NAME = st.text(st.characters(codec="utf-8", exclude_characters=':/?#@[]*"<>'), max_size=8).filter(
    lambda text: not re.search(r"\s", text)
)

ALWAYS = settings(deadline=None)


class TestPlainPage:
    """Lines and tabs stay, and nothing else that steers whoever shows or pastes it."""

    @ALWAYS
    @given(ANY_TEXT)
    def test_nothing_in_it_steers_whoever_shows_or_pastes_it(self, text):
        """A page is UTF-8, and its lines are the text's own."""
        shown = plain_page(text)

        assert None is STEERING.search(re.sub(r"\r\n|[\n\t]", "", shown))
        assert text.count("\n") == shown.encode().decode().count("\n")

    @ALWAYS
    @given(st.text(st.characters(categories=["L", "N", "P", "S"])))
    def test_letters_of_every_script_and_joiners_stay(self, text):
        """As their owner wrote them."""
        assert f"\t{text}\r\n\u200d" == plain_page(f"\t{text}\r\n\u200d")


class TestPlain:
    """One line, nothing that steers a terminal, and still to be read."""

    @ALWAYS
    @given(ANY_TEXT, st.integers(3, 60))
    def test_nothing_in_it_steers_a_terminal_or_forges_a_line(self, text, most):
        """Whatever the text, the result is one short line that any UTF-8 log can hold."""
        shown = plain(text, most)

        assert None is STEERING.search(shown)
        assert len(shown) <= most
        assert len(shown.encode().decode().splitlines()) <= 1

    @ALWAYS
    @given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=500))
    def test_letters_of_every_script_stay(self, text):
        """A name in Hindi or with an emoji is what its owner wrote."""
        assert text == plain(text)

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("नमस्ते दुनिया", "नमस्ते दुनिया"),
            ("क्\u200dष", "क्\u200dष"),
            ("a\nb\x1b[31m", "a\\nb\\x1b[31m"),
            ("\x9b2J\x7f", "\\x9b2J\\x7f"),
            ("\u2028\u202e\ud800", "\\u2028\\u202e\\ud800"),
            ("x" * 501, "x" * 497 + "..."),
            ("C:\\calls", "C:\\calls"),
        ],
    )
    def test_examples(self, text, shown):
        """What is escaped is written as Python would."""
        assert shown == plain(text)

    def test_no_category_of_invisible_characters_is_left(self):
        """All of Unicode, one by one: what is shown is printable, or joins words."""
        left = {
            char
            for char in map(chr, range(0x110000))
            if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char in plain(char)
        }

        assert {"\u200c", "\u200d"} == left


class TestMasked:
    """The password of a URL is `***`, and nothing else of it changes."""

    @ALWAYS
    @given(NAME, NAME, st.sampled_from(["", ":80", "/", "/a?b=c@d", "?x=y@z", "#f"]))
    def test_no_password_is_left(self, user, password, rest):
        """Whatever the user name and the password are made of."""
        shown = masked(f"http://{user}:{password}@host.test{rest}")

        assert f"http://{user}:***@host.test{rest}" == shown

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("http://host:80/mail?to=a@b", "http://host:80/mail?to=a@b"),
            ("http://user@host/", "http://user@host/"),
            ("http://[::1]:80/a@b", "http://[::1]:80/a@b"),
            ("http://u:@host/", "http://u:***@host/"),
            ("http://us@er:p:p@host/", "http://us@er:***@host/"),
            ("http://u:pa/ss@host/x", "http://u:***@host/x"),
            ("http://u:p#a?s@s@host/x", "http://u:***@host/x"),
            ("http://u:p@[::1", "http://u:***@[::1"),
            ("http://:p@host", "http://:***@host"),
            (
                "see http://a:b@c/ and http://d:e@f/ now",
                "see http://a:***@c/ and http://d:***@f/ now",
            ),
            ("see http://h:80, and a@b", "see http://h:80, and a@b"),
            ('{"a":"http://h:80","b":"c@d"}', '{"a":"http://h:80","b":"c@d"}'),
            ('{"a": "http://u:p@h:80", "b": "c@d"}', '{"a": "http://u:***@h:80", "b": "c@d"}'),
            ("", ""),
        ],
    )
    def test_examples(self, url, shown):
        """URLs that parse, URLs that do not, and texts with several."""
        assert shown == masked(url)

    # Without an @: what stands before one is a password, what behind it a host.
    @ALWAYS
    @given(st.text("u\"<>';", max_size=4), st.text("\"'<>/?#:[];,%\\.1", max_size=6))
    def test_no_odd_password_is_left(self, user, password):
        """Not even of a URL that no parser reads."""
        shown = masked(f"http://{user}:s{password}t@host.test/")

        assert shown.endswith(":***@host.test/")

    @ALWAYS
    @given(st.text("ab:/@?#[ \n", max_size=60))
    def test_masking_twice_changes_nothing_more(self, text):
        """What has been masked can be masked again on its way to the log."""
        assert masked(text) == masked(masked(text))
