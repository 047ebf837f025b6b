"""A temporary folder is swept only if nobody holds its lock: issue 8, item 4."""

import os
import re
import subprocess
import sys
import tempfile
import threading
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

import exomock
from exomock.server import Exomock
from exomock.storage import folders
from exomock.storage.folders import TemporaryFolder, sweep, temporary_database
from exomock.storage.trouble import DatabaseError
from exomock.workers import parent

MANY = 1000 if os.environ.get("EXOMOCK_SOAK") else 30

LIVING = """
import os, sys
from exomock.storage.folders import TemporaryFolder

folder = TemporaryFolder(sys.argv[1])
if os.fork() == 0:
    sys.exit()  # runs what is to be done at exit, in a child
os.wait()
print(folder.path, flush=True)
sys.stdin.read()
"""

WORKERS = """
import sys
from exomock.workers import parent

with parent._folder() as folder:
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def root(tmp_path, monkeypatch):
    """The temporary folder of this process."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(folders, "_swept", set())
    return tmp_path


def can_unshare():
    """Whether PID namespaces can be made here: mostly as root."""
    try:
        made = subprocess.run(["unshare", "-p", "-f", "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return made.returncode == 0


@contextmanager
def living(root, kind="serve", *before, script=LIVING):
    """A process that lives in a temporary folder of its own, whose path it has printed."""
    with subprocess.Popen(
        [*before, sys.executable, "-c", script, kind],
        env=os.environ | {"TMPDIR": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        process.folder = Path(process.stdout.readline().strip())
        try:
            yield process
        finally:
            process.stdin.close()


def names(root):
    """What lies in a folder."""
    return {each.name for each in root.iterdir()}


class TestASweep:
    @pytest.mark.parametrize("kind", ["serve", "test"])
    def test_leaves_the_living_and_removes_the_dead(self, root, kind):
        """A server that was killed, or a test's process; a forked child that ends takes nothing."""
        with living(root, kind) as process:
            (process.folder / "calls.db").write_text("calls")
            sweep(root)
            assert (process.folder / "calls.db").exists()
            process.kill()
            process.wait(10)
            assert process.folder.exists()
            sweep(root)

        assert set() == names(root)

    @pytest.mark.skipif(not can_unshare(), reason="PID namespaces need root here")
    def test_leaves_a_server_of_another_pid_namespace(self, root):
        """Each is process 1 of its own container, and shares the temporary folder."""
        alone = "unshare", "-p", "-f", "--kill-child"
        with living(root, "serve", *alone) as one, living(root, "serve", *alone) as two:
            TemporaryFolder("serve").close()

            assert one.folder.exists()
            assert two.folder.exists()
            two.kill()
            two.wait(10)
            two.stdout.read()  # its child is gone, and the lock with it
            TemporaryFolder("serve").close()
            assert one.folder.exists()
            assert not two.folder.exists()

    def test_touches_nothing_that_is_not_exomocks(self, root):
        """Folders with such names, links to precious ones, locks that are no files."""
        precious = root / "precious"
        precious.mkdir()
        (precious / "x").write_text("mine")
        for name in ("exomock-src", "exomock-123-abc", "exomock-serve-0123456789abcdef"):
            (root / name).mkdir()
        (root / "exomock-serve-1111111111111111").symlink_to(precious)
        (root / "exomock-serve-1111111111111111.lock").touch()
        (root / "exomock-serve-2222222222222222.lock").symlink_to(precious / "x")
        os.mkfifo(root / "exomock-serve-3333333333333333.lock")
        (root / "exomock-notes.lock").touch()
        before = names(root)

        sweep(root)

        assert before == names(root)
        assert "mine" == (precious / "x").read_text()

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give folders away")
    def test_leaves_what_belongs_to_others(self, root):
        """Of another user, whose lock happens to be open to all."""
        folder = root / "exomock-serve-0123456789abcdef"
        folder.mkdir()
        Path(f"{folder}.lock").touch()
        os.chown(folder, 12345, 12345)

        sweep(root)

        assert {folder.name, f"{folder.name}.lock"} == names(root)

    def test_finds_no_moment_in_which_a_living_folder_looks_dead(self, root):
        """Four threads make, use and remove folders while two others sweep all the time."""
        lost, over = [], threading.Event()

        def live():
            for _ in range(MANY * 3):
                with closing(TemporaryFolder("serve")) as folder:
                    try:
                        (folder.path / "calls.db").write_text("calls")
                        (folder.path / "calls.db").read_text()
                    except OSError as error:
                        lost.append(error)

        def look():
            while not over.is_set():
                sweep(root)

        sweeping = [threading.Thread(target=look) for _ in range(2)]
        lives = [threading.Thread(target=live) for _ in range(4)]
        for thread in sweeping + lives:
            thread.start()
        for thread in lives:
            thread.join()
        over.set()
        for thread in sweeping:
            thread.join()

        assert [] == lost
        assert set() == names(root)

    def test_is_done_once_in_a_process_of_tests(self, root):
        """A test starts a server every few milliseconds."""
        TemporaryFolder("test").close()
        (root / "exomock-test-0123456789abcdef.lock").touch()
        TemporaryFolder("test").close()
        assert {"exomock-test-0123456789abcdef.lock"} == names(root)

        TemporaryFolder("serve").close()
        assert set() == names(root)


class TestAFolderOfWorkers:
    def test_is_swept_by_a_later_server(self, tmp_path, monkeypatch):
        """Their sockets need a short path, which a long TMPDIR does not give; nothing is left."""
        root = tmp_path / ("l" * 100)
        root.mkdir()
        with living(root, script=WORKERS) as killed:
            assert killed.folder.is_dir()
            killed.kill()
            killed.wait(10)
        assert len(os.fsencode(killed.folder)) < 100
        monkeypatch.setattr(tempfile, "tempdir", str(root))

        with parent._folder() as later:
            assert later.parent == killed.folder.parent
            assert not killed.folder.exists()

        assert not later.exists()
        assert set() == names(root)

    def test_of_a_living_server_stays(self, tmp_path, monkeypatch):
        """Also where several have a long TMPDIR, each another one."""
        roots = [tmp_path / (letter * 100) for letter in "ab"]
        for each in roots:
            each.mkdir()
        with living(roots[0], script=WORKERS) as process:
            monkeypatch.setattr(tempfile, "tempdir", str(roots[1]))
            with parent._folder():
                pass

            assert process.folder.is_dir()
        assert not process.folder.exists()


def test_no_folder_is_made_in_another_way():
    """One without a lock beside it stays for ever when its server is killed."""
    source = Path(exomock.__file__).parent
    makes = re.compile(r"\b(mkdtemp|TemporaryDirectory)\b")

    assert [] == [each for each in source.rglob("*.py") if makes.search(each.read_text("utf-8"))]


class TestAFolder:
    def test_goes_with_its_exomock(self, root):
        """Nothing is left, neither the folder nor its lock."""
        with Exomock():
            assert 2 == len(names(root))
        assert set() == names(root)

    def test_goes_with_an_exomock_that_was_never_entered(self, root):
        """At the latest with the process; here as soon as nobody knows it."""
        folder = TemporaryFolder("test")
        assert folder.path.exists()
        del folder
        assert set() == names(root)

    @pytest.mark.parametrize("root_is", ["missing", "a file", "read-only"])
    def test_that_cannot_be_made_is_one_line_with_the_way_out(self, tmp_path, monkeypatch, root_is):
        """Where there is no temporary folder to write to."""
        root = tmp_path / "x"
        if root_is == "a file":
            root.touch()
        if root_is == "read-only":
            root = Path("/proc")  # where not even root may make a folder
            if not root.is_dir():
                pytest.skip("no /proc here")
        monkeypatch.setattr(tempfile, "tempdir", str(root))
        with pytest.raises(DatabaseError) as found, temporary_database():
            pass

        said = str(found.value)
        assert said.startswith("no temporary folder can be made: ")
        assert said.endswith(
            "set TMPDIR to a folder that can be written to, or name a file for the database"
        )
        assert "\n" not in said
