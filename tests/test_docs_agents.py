"""docs/agents.md and llms.txt: every command and every example on them runs."""

import re
import shutil
import subprocess
import sys

import pytest

from exomock.testing.ports import free_port
from pages import ROOT, blocks_in, text_of
from programs import ONLY_OURS
from serve.conftest import environment

PAGE = "docs/agents.md"


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash, no curl")
def test_each_command_works_in_order(tmp_path):
    """As one script that ends at the first failure, on a port of its own."""
    (tmp_path / "exomock").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m exomock "$@"\n')
    (tmp_path / "exomock").chmod(0o755)
    port = str(free_port())
    script = "set -e\ntrap 'kill $(jobs -p)' EXIT\n" + "\n".join(blocks_in(text_of(PAGE), "sh"))
    env = environment(tmp_path, EXOMOCK_PORT=port)
    env["PATH"] = f"{tmp_path}:{env['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script.replace("8080", port)],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert '"Status": "busy"' in done.stdout  # what `next` laid down reached the callback


def test_its_python_example_passes(tmp_path):
    """With exomock's plugin alone."""
    (example,) = blocks_in(text_of(PAGE), "python")
    (tmp_path / "test_example.py").write_text(example)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *ONLY_OURS, "--rootdir", tmp_path, "test_example.py"],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip

    assert 0 == done.returncode, done.stdout


def test_it_fits_one_page():
    """An agent reads it whole."""
    assert len(text_of(PAGE)) < 8_000


def test_llms_txt_has_the_form_that_readers_expect_and_its_links_lead_to_pages():
    """A title, a summary, lists of links (llmstxt.org)."""
    title, _, summary, *rest = text_of("llms.txt").splitlines()

    assert "# exomock" == title
    assert summary.startswith("> ")
    links = re.findall(r"\]\(([^)]+)\)", "\n".join(rest))
    assert PAGE in links
    assert all((ROOT / link).is_file() for link in links)
