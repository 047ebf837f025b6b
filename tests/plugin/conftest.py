"""Inner pytest runs: real ones, in processes of their own."""

import pytest

from exomock.server import Exomock
from programs import ONLY_OURS


@pytest.fixture(scope="module")
def mock():
    with Exomock() as mock:
        yield mock


@pytest.fixture
def suite(pytester, monkeypatch):
    """`suite(text, *options)` runs a test file that starts a server of its own if it needs one."""
    for name in ("EXOMOCK_URL", "EXOMOCK_COMMAND", "PYTEST_ADDOPTS"):
        monkeypatch.delenv(name, raising=False)

    def run(text, *options):
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *ONLY_OURS, *options)

    return run


@pytest.fixture
def guests(suite, mock, monkeypatch):
    """The same on a server that runs already, which saves a second."""
    monkeypatch.setenv("EXOMOCK_URL", mock.url)
    return suite
