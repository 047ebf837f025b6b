"""Whatever the file system says to the removal of a lock or a folder, a server ends in peace."""

import errno
import os
import shutil
from pathlib import Path

import pytest

import serve.conftest
from exomock.storage.folders import TemporaryFolder
from exomock.storage.lock import Lock

REFUSALS = [errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.EROFS, errno.EIO, errno.ESTALE]

AS_ANYBODY = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
"""Lets root be refused what a folder's mode forbids."""


def refused(code):
    def remove(path, *_args, **_how):
        raise OSError(code, os.strerror(code), str(path))

    return remove


def read_only(folder):
    folder.chmod(0o555)


def closed(folder):
    folder.chmod(0)


def moved(folder):
    folder.rename(aside(folder))


def replaced_by_a_file(folder):
    moved(folder)
    folder.touch()


def aside(folder):
    return folder.with_name("aside")


def mend(folder):
    if aside(folder).exists():
        folder.unlink(missing_ok=True)
        aside(folder).rename(folder)
    folder.chmod(0o755)


SPOILT = [read_only, closed, moved, replaced_by_a_file]


class TestALock:
    @pytest.mark.parametrize("code", REFUSALS, ids=errno.errorcode.get)
    @pytest.mark.parametrize("call", ["unlink", "lstat"])
    def test_that_cannot_be_removed_is_free(self, tmp_path, monkeypatch, code, call):
        """The file stays, and the next one can lock it."""
        file = tmp_path / "x.lock"
        lock = Lock(file)
        with monkeypatch.context() as patched:
            patched.setattr(os, call, refused(code))
            lock.close()

        assert (False, True) == (lock.held, file.exists())
        Lock(file).close()
        assert not file.exists()

    @pytest.mark.parametrize("code", REFUSALS, ids=errno.errorcode.get)
    @pytest.mark.parametrize("call", ["unlink", "rmdir", "lstat"])
    def test_of_a_folder_that_cannot_be_removed_is_free(self, monkeypatch, code, call):
        """The folder is left to the next sweep."""
        folder = TemporaryFolder("test")
        (folder.path / "calls.db").touch()
        with monkeypatch.context() as patched:
            patched.setattr(os, call, refused(code))
            folder.close()

        lock = Lock(Path(f"{folder.path}.lock"))
        shutil.rmtree(folder.path, ignore_errors=True)
        lock.close()


@pytest.fixture
def anybody(monkeypatch):
    """Servers that are started have no right to pass by the mode of a folder."""
    if os.getuid() == 0:
        if shutil.which(AS_ANYBODY[0]) is None:
            pytest.skip("root is refused nothing here")
        monkeypatch.setattr(serve.conftest, "COMMAND", [*AS_ANYBODY, *serve.conftest.COMMAND])


@pytest.mark.usefixtures("anybody")
@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("spoil", SPOILT, ids=lambda each: each.__name__)
class TestAServer:
    def test_ends_when_the_folder_of_its_database_is_spoilt(self, serve, tmp_path, spoil, workers):
        """Status 0 and no traceback; mended, the next server starts on the database."""
        home = tmp_path / "home"
        home.mkdir()
        options = "--database", "home/calls.db", "--workers", workers
        server = serve(*options)
        spoil(home)
        try:
            assert 0 == server.end()
        finally:
            mend(home)

        assert [] == server.err.find("Traceback|Error")
        assert 0 == serve(*options).end()

    def test_ends_when_its_temporary_folder_is_spoilt(self, serve, spoil, workers):
        """It has its database there."""
        server = serve("--workers", workers)
        spoil(server.tmp)
        try:
            assert 0 == server.end()
        finally:
            mend(server.tmp)

        assert [] == server.err.find("Traceback|Error")
