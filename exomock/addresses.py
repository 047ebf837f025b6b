"""Kinds of values that are addresses: hosts, origins of web pages, telephone numbers."""

import re

from exomock.kinds import Kind, WrongValue
from exomock.numbering import NotANumber, read_number


class HostName(Kind[str]):
    """A host name, or * for any."""

    def read(self, text: str) -> str:
        """The name in lower case."""
        if not re.fullmatch(r"\*|[A-Za-z0-9_.:-]+", text):
            raise WrongValue(text, "a host name such as hooks.example.com, or *")
        return text.lower()


class WebOrigin(Kind[str]):
    """The origin of a web page, or * for any."""

    def read(self, text: str) -> str:
        """The origin as a browser writes it."""
        found = re.fullmatch(r"([a-z][a-z0-9+.-]*)://([^/?#@\s\\]+)/?", text.lower())
        if text.lower() in ("*", "null"):
            return text.lower()
        if found is None or not text.isprintable():
            raise WrongValue(text, "an origin such as http://localhost:3000, null, or *")
        scheme, host = found.groups()
        # A browser leaves out the port that its scheme stands for.
        return f"{scheme}://{host.removesuffix({'http': ':80', 'https': ':443'}.get(scheme, '/'))}"


class BaseUrl(Kind[str]):
    """What stands in front of the paths of URLs: scheme, host, perhaps a port and a path."""

    def read(self, text: str) -> str:
        """The URL without slashes at its end."""
        if not re.fullmatch(r"https?://[A-Za-z0-9_.:\[\]-]+(/[A-Za-z0-9_.~/-]*)?", text):
            raise WrongValue(text, "a URL without a query such as https://recordings.exotel.com")
        return text.rstrip("/")


class ServerUrl(Kind[str]):
    """Where a process is reached by others: http, a host, perhaps a port."""

    def read(self, text: str) -> str:
        """The URL in lower case, without a slash at its end."""
        found = re.fullmatch(
            r"http://([a-z0-9_.-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?", text.lower()
        )
        if found is None or not 1 <= int(found[2] or 80) <= 65_535:  # noqa: PLR2004
            raise WrongValue(text, "a URL of a host alone such as http://10.0.0.1:8080")
        return text.lower().rstrip("/")


class HostAlias(Kind[tuple[str, str]]):
    """HOST=OTHER."""

    def read(self, text: str) -> tuple[str, str]:
        """Both names in lower case."""
        host, _, other = text.partition("=")
        if not (host and other):
            raise WrongValue(text, "HOST=OTHER, as localhost=host.docker.internal")
        return host.lower(), other.lower()


class TelephoneNumber(Kind[str]):
    """A telephone number in any spelling; becomes E.164."""

    def read(self, text: str) -> str:
        """Its E.164."""
        try:
            return read_number(text).e164
        except NotANumber:
            raise WrongValue(text, "a telephone number such as 09812345678") from None
