"""Programs of other people's that tests run, and where npm packages are kept."""

import os
import shutil
import sys
from pathlib import Path

import pytest

NODE_HOME = Path(sys.prefix, "exomock-node")
"""Where npm packages are kept, so that only the first run installs them."""

ONLY_OURS = tuple(
    word
    for name in ("schemathesis", "django", "anyio", "hypothesispytest", "time_machine")
    for word in ("-p", f"no:{name}")
)
"""Words for a pytest that tests start: without them it loads half a second of others' plugins."""


def needed(program: str) -> str:
    """The path of a program; without it the test is skipped, but never in CI."""
    found = shutil.which(program)
    if found is None:
        assert "CI" not in os.environ, f"CI needs {program}"
        pytest.skip(f"no {program} here")
    return found
