"""Text from outside, escaped for a terminal or a log: the one function for it."""

import re

# Said as what is forbidden: as all that is allowed it takes a hundred times longer to compile.
NOT_IN_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""A character that XML 1.0 has no way to write, not even escaped."""

_HARMLESS = "\u00a0\u200c\u200d"
"""Not printable to Python, but part of written words: French spaces, joiners in Indian scripts."""

# What may follow a port in a sentence or a list; a password may hold the same marks.
_AFTER = r"[,;)\]](?:[\s\"'<>,;)\]]|$|\w+://)"
_PASSWORD = re.compile(rf"(//[^/?#:\s]*:)(?!\d+(?:[\s\"'<>]|{_AFTER}))[^/?#\"<>]*@")
# A password with a raw slash in it makes a URL that no parser reads; it is a password all the same.
# Without the look-ahead, `http://host:80/mail?to=a@b` would lose its path.
_ODD_PASSWORD = re.compile(
    r"(//[^/?#:\s\[]*:)"
    r"(?!\*\*\*@[^@/?#\"'<>]+(?:[/?#\"'<>]|$)"  # masked already
    rf"|\d*(?:[/?#\"'<>]|{_AFTER}|$))"  # a port
    r"\S*@"
)


def plain(text: str, most: int = 500) -> str:
    """
    A text from outside on one line, without anything that steers a terminal or forges a log line.

    Control characters, line and paragraph separators, marks that turn the direction of writing,
    lone surrogates and other invisible characters are written as Python's escapes; letters of
    every script stay.

    Args:
        text: Any text.
        most: Characters of the result, 3 or more; a longer one is cut and ends with `...`.
    """
    shown = text if text.isprintable() else "".join(map(_shown, text[: most + 1]))
    return shown if len(shown) <= most else shown[: most - 3] + "..."


def plain_lines(text: str, most: int = 4000) -> str:
    """
    A text of several lines, each made plain; the line breaks are its writer's.

    Args:
        text: A text in which whatever came from outside has no line breaks of its own.
        most: Characters of a line, 3 or more.
    """
    return "\n".join(plain(line, most) for line in text.split("\n"))


def is_utf8(text: str) -> bool:
    """Whether a text of a command line was UTF-8: Python reads other bytes as lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown(each: str) -> str:
    if each.isprintable() or each in _HARMLESS:
        return each
    return each.encode("unicode_escape").decode()


STEERS = re.compile(
    "[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff]|\r(?!\n)"
)
"""A character that steers who shows or pastes it; neither a tab nor the end of a line."""


def plain_page(text: str) -> str:
    """
    A text from outside for a page, whose lines and tabs stay: what is copied steers no terminal.

    Args:
        text: Any text.
    """
    return STEERS.sub(lambda found: _shown(found[0]), text)


def readable(message: bytes) -> str:
    """
    A message of HTTP as people read it; of a body that is no text, as of audio, its head alone.

    Args:
        message: Its bytes, or the first of them.
    """
    head, blank, body = message.partition(b"\r\n\r\n")
    if b"\0" in body:
        body = b"(not text)"
    return (head + blank + body).decode(errors="replace")


def masked(url: str) -> str:
    """
    A URL whose password, if it has one, is written `***`; the user name stays.

    Args:
        url: A URL, also one that no parser reads, or a text with URLs in it.
    """
    if "@" not in url:
        return url
    found = _PASSWORD.sub(r"\1***@", url)
    # Word for word: the time it takes grows with the length of the text, not with its square.
    return re.sub(r"\S*@\S*", lambda word: _ODD_PASSWORD.sub(r"\1***@", word[0], count=1), found)
