"""The garbage collector: it rests while a command is imported, and works from then on."""

import subprocess
import sys
from contextlib import suppress

import pytest

from exomock.cli import COMMANDS, main
from exomock.collector import rests


def printed(code: str, *, given: str = "") -> str:
    """What a program prints last."""
    said = subprocess.run(
        [sys.executable, "-c", code], input=given, capture_output=True, text=True, check=True
    )
    return said.stdout.splitlines()[-1]


def test_every_command_works_with_it_on():
    """`serve` alone, which has more to import, is given it resting."""
    code = (
        "import gc; from exomock import collector; from exomock.cli import COMMANDS, cli\n"
        "found = []\n"
        "for name in COMMANDS:\n"
        "    with collector.resting():\n"
        "        cli.get_command(None, name)\n"
        "        found += [name] * (not gc.isenabled())\n"
        "print(found)"
    )

    assert len(COMMANDS) > 1
    assert "['serve']" == printed(code)


@pytest.mark.parametrize(
    ("module", "options"),
    [("exomock.serving", ()), ("exomock.workers.parent", ("--workers", "2"))],
)
def test_a_server_serves_with_it_on(module, options, tmp_path):
    """And what was imported is left out of every look."""
    argv = ["exomock", "serve", "--port", "0", "--database", str(tmp_path / "calls.db"), *options]
    code = (
        f"import gc, sys, {module} as module; from exomock.cli import main\n"
        "module.serve = lambda _: print(gc.isenabled(), gc.get_freeze_count() > 10_000)\n"
        f"sys.argv = {argv!r}\n"
        "try: main()\n"
        "finally: sys.stdout.flush()"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert "True True" in said.stdout.splitlines()


def test_a_worker_serves_with_it_on():
    """It is a process of its own as well."""
    code = (
        "import gc; from exomock.workers import worker\n"
        "worker.read_spec = worker.leave = lambda *_: None\n"
        "worker._serve = lambda _: print(gc.isenabled(), gc.get_freeze_count() > 10_000)\n"
        "worker._watch = lambda: None\n"
        "worker.main()"
    )

    assert "True True" == printed(code, given="{}\n")


def test_a_program_that_imports_exomock_keeps_its_own():
    """A test's process is not ours."""
    code = (
        "import gc, exomock, exomock.server; from exomock.cli import cli\n"
        "cli.get_command(None, 'call')\n"
        "print(gc.isenabled(), gc.get_freeze_count())"
    )

    assert "True 0" == printed(code)


@pytest.mark.parametrize(
    "argv", [["--version"], ["serve", "--port", "none"], ["nonsense"]], ids=str
)
def test_whatever_a_command_ends_with_it_is_on(argv, monkeypatch, capsys):
    """A test may call the command line in its own process."""
    monkeypatch.setattr(sys, "argv", ["exomock", *argv])
    with suppress(SystemExit):
        main()

    assert any(capsys.readouterr())
    assert not rests()
