"""How another project installs exomock today: from a tag of its repository, as the README says."""

import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from exomock import __version__

ROOT = Path(__file__).parents[1]


def line_of(page):
    """The command of a page that installs from a tag: its requirement."""
    (found,) = re.findall(r'pip install "(exomock @ git\+[^"]+)"', (ROOT / page).read_text())
    return found


@pytest.mark.parametrize(
    "page", ["README.md", "docs/ci/github-actions.yml", "docs/ci/gitlab-ci.yml"]
)
def test_each_page_names_the_same_place_and_the_tag_of_this_version(page):
    """The repository is one variable, which nobody but its user can know."""
    assert f"exomock @ git+$EXOMOCK_REPOSITORY@v{__version__}" == line_of(page)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a repository, as any web server can."""

    def log_message(self, *_):
        """Say nothing."""


@pytest.mark.skipif(
    not (shutil.which("git") and (ROOT / ".git").exists()), reason="no git, or no repository here"
)
def test_the_line_installs_a_tag_of_a_repository(tmp_path):
    """pip itself, over HTTP, from a clone with that tag; what it needs is left out: it is here."""
    clone, there, tag = tmp_path / "clone.git", tmp_path / "there", f"v{__version__}"
    for words in (
        ["git", "clone", "-q", "--bare", "--no-hardlinks", ROOT, clone],
        ["git", "-C", clone, "tag", "-f", tag, "HEAD"],
        ["git", "-C", clone, "update-server-info"],
    ):
        subprocess.run(words, check=True, capture_output=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/clone.git"
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation",
             "--disable-pip-version-check", "--target", there,
             line_of("README.md").replace("$EXOMOCK_REPOSITORY", url)],
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        server.shutdown()

    assert 0 == done.returncode, done.stderr
    assert f'"{__version__}"' in (there / "exomock" / "__init__.py").read_text()
    assert (there / "exomock" / "shipped" / "default.yaml").is_file()
