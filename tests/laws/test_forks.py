"""Law: whatever a forked child does with its parent's Exomock, it touches nothing of the parent's."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from exomock.client import NoServer
from exomock.server import Exomock

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks here")

FORKS = """
import gc, os, sys
from pathlib import Path
from exomock.server import Exomock

file = Path(sys.argv[1]) if len(sys.argv) > 1 else None
with Exomock(database=file) as mock:
    mock.connect("09822200002")
    if (child := os.fork()) == 0:
        {does}
        sys.exit()
    assert 0 == os.waitpid(child, 0)[1]
    mock.connect("09822200002")
    mock.advance(600)
    print(len(mock.calls), {{each.status for each in mock.calls}})
"""

DOES = {
    "ends": "pass",
    "closes it": "mock.close(); mock.close()",
    "leaves its block": "mock.__exit__(None, None, None)",
    "uses it as a block": "mock.__enter__(); mock.__exit__(None, None, None)",
    "forgets it": "del mock; gc.collect()",
}


@pytest.mark.parametrize("kept", [False, True], ids=["temporary", "file"])
@pytest.mark.parametrize("what", DOES)
def test_a_child_leaves_its_parent_alone(tmp_path, what, kept):
    """Both end with status 0 and no word on stderr; the parent's calls are whole."""
    file = tmp_path / "calls.db"
    folder = tmp_path / "tmp"
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", FORKS.format(does=DOES[what]), *([str(file)] if kept else [])],
        env=os.environ | {"TMPDIR": str(folder)},
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert (0, "2 {'completed'}\n", "") == (done.returncode, done.stdout, done.stderr)
    assert [] == list(folder.iterdir())
    if kept:
        with closing(sqlite3.connect(file)) as database:
            assert [("ok",)] == database.execute("PRAGMA integrity_check").fetchall()
            assert [(2,)] == database.execute("SELECT count(*) FROM calls").fetchall()


def test_one_that_was_closed_says_so():
    """And not that nobody answers at some port, which a reader would look for."""
    mock = Exomock()
    mock.close()

    for ask in (lambda: mock.advance(1), lambda: mock.connect("09822200002"), lambda: mock.calls):
        with pytest.raises(NoServer, match="this Exomock was closed"):
            ask()
