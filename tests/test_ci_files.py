"""The files for containers and CI are well formed, and the scripts in them run."""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
import yaml

from exomock import __version__
from exomock.testing.ports import free_port
from pages import ROOT, text_of
from serve.conftest import environment

GITHUB, GITLAB, RELEASE = (
    "docs/ci/github-actions.yml", "docs/ci/gitlab-ci.yml", ".github/workflows/release.yml",
)  # fmt: skip
ACTION = re.compile(r"[\w-]+/[\w./-]+@[\w./-]+")


def read(page):
    return yaml.safe_load(text_of(page))


def github_scripts():
    """What the steps of the job run, but for those that only run after a failure."""
    steps = read(GITHUB)["jobs"]["test"]["steps"]
    return [step["run"] for step in steps if "run" in step and "if" not in step]


def gitlab_scripts():
    """What the job runs."""
    job = read(GITLAB)["test"]
    return [*job["before_script"], *job["script"]]


YOUR_TESTS = """#!/bin/sh
set -e
url=$EXOTEL_URL/v1/Accounts/$EXOTEL_SID/Calls
curl -fsS -u "$EXOTEL_API_KEY:$EXOTEL_API_TOKEN" "$url/connect.json" -d From=09811100001 -d To=09000000007 -d CallerId=08047112233
"""


@pytest.fixture
def beside(tmp_path):
    """A folder in which `exomock` is a command, and `run-your-tests` places a call."""
    (tmp_path / "bin").mkdir()
    for name, text in (
        ("bin/exomock", f'#!/bin/sh\nexec "{sys.executable}" -m exomock "$@"\n'),
        ("run-your-tests", YOUR_TESTS),
    ):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="no bash, no curl")
@pytest.mark.parametrize(
    ("scripts", "variables"),
    [
        (github_scripts(), read(GITHUB)["jobs"]["test"]["env"]),
        (gitlab_scripts(), read(GITLAB)["test"]["variables"]),
    ],
    ids=["github", "gitlab"],
)
def test_the_script_starts_exomock_and_runs_the_tests(beside, scripts, variables):
    """All but the installation, which CI has just done with this exomock; one port is ours."""
    port = str(free_port())
    install, *rest = scripts
    assert install.startswith('pip install "exomock @ git+$')
    script = "\n".join(["set -e", "trap 'kill $(jobs -p)' EXIT", *rest]).replace("8080", port)
    env = environment(beside, EXOMOCK_PORT=port)
    env |= {name: str(value).replace("8080", port) for name, value in variables.items()}
    env["PATH"] = f"{beside}/bin:{env['PATH']}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=beside, env=env, capture_output=True, text=True, timeout=90, check=False
    )  # fmt: skip

    assert 0 == done.returncode, done.stderr
    assert '"Status": "in-progress"' in done.stdout


@pytest.mark.parametrize("page", [GITHUB, RELEASE])
def test_a_workflow_has_what_github_asks_for(page):
    """Triggers, permissions, a machine and a time limit for each job; actions with a version."""
    workflow = read(page)
    assert {"name", True, "permissions", "jobs"} == set(workflow)  # YAML reads `on` as true
    for job in workflow["jobs"].values():
        assert "ubuntu-latest" == job["runs-on"]
        assert job["timeout-minutes"] <= 15
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            assert "uses" not in step or ACTION.fullmatch(step["uses"])


def test_a_tag_publishes_what_was_built_and_checked():
    """Nothing else does, and no secret is kept."""
    workflow = read(RELEASE)
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    scripts = "\n".join(step.get("run", "") for step in build["steps"])

    assert {"push": {"tags": ["v*"]}} == workflow[True]
    assert "python -m build" in scripts
    assert "twine check --strict dist/*" in scripts
    assert "build" == publish["needs"]
    assert {"id-token": "write"} == publish["permissions"]
    assert "secrets." not in text_of(RELEASE)


@pytest.mark.parametrize(("tag", "status"), [(f"v{__version__}", 0), ("v9.9.9", 1)])
def test_a_tag_that_is_not_the_version_is_refused(tag, status):
    """Else a release would have another version than its tag."""
    (step,) = [s for s in read(RELEASE)["jobs"]["build"]["steps"] if "version" in s.get("name", "")]
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
    done = subprocess.run(
        ["bash", "-c", step["run"]], cwd=ROOT, env={"TAG": tag, "PATH": path}, capture_output=True, check=False
    )  # fmt: skip
    assert status == done.returncode


def test_compose_gives_exomock_exotels_name():
    """Its command is one that exomock takes, and what depends on it waits until it is healthy."""
    services = read("compose.yaml")["services"]
    exotel, app = services["exotel"], services["app"]

    assert ["api.exotel.com"] == exotel["networks"]["default"]["aliases"]
    assert exotel["read_only"]
    assert ["/tmp"] == exotel["tmpfs"]
    assert {"exotel": {"condition": "service_healthy"}} == app["depends_on"]
    assert all(isinstance(word, str) for word in exotel["command"])
    name, verb, *options = exotel["command"]
    assert ("exomock", "serve") == (name, verb)
    done = subprocess.run([sys.executable, "-m", "exomock", verb, *options, "--port", "0", "--host", "nowhere.invalid"], capture_output=True, text=True, timeout=60, check=False)  # fmt: skip
    assert "--control-token" in done.stderr  # the options were read; a strange host needs a token


def test_the_compose_file_of_three_processes_names_each_by_its_own_url():
    """Each advertises its service's name, and nginx knows the same three."""
    services = read("docs/scale/compose.yaml")["services"]
    ours = {name: each for name, each in services.items() if name.startswith("exomock-")}
    upstream = re.findall(
        r"^ +server ([\w-]+:\d+);", text_of("docs/scale/nginx.conf"), re.MULTILINE
    )

    said = {each["environment"]["EXOMOCK_ADVERTISE"] for each in ours.values()}
    assert {f"http://{name}:8080" for name in ours} == said
    assert sorted(f"{name}:8080" for name in ours) == upstream
    assert {"postgresql+psycopg://exomock:exomock@postgres/exomock"} == {
        each["environment"]["EXOMOCK_DATABASE"] for each in ours.values()
    }
    assert set(ours) == set(services["nginx"]["depends_on"])
    assert all(each["read_only"] and each["tmpfs"] == ["/tmp"] for each in ours.values())


def test_the_other_nginx_names_each_process_by_its_host():
    """`owners.map` has hosts; each is a group of one, and all of them are where no line is."""
    text = text_of("docs/scale/nginx-owners.conf")
    groups = {
        name: re.findall(r"server ([\w-]+:\d+);", body)
        for name, body in re.findall(r"upstream ([\w-]+) \{(.*?)\}", text, re.DOTALL)
    }
    services = read("docs/scale/compose.yaml")["services"]
    ours = [f"{name}:8080" for name in services if name.startswith("exomock-")]

    assert ours == groups.pop("any")
    assert {each.partition(":")[0]: [each] for each in ours} == groups


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder with the wheel and the sdist, made by `python -m build`."""
    pytest.importorskip("build")
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, ROOT],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    return folder


class TestARelease:
    def test_passes_twines_check(self, built):
        """PyPI would refuse it else."""
        pytest.importorskip("twine")
        run = [sys.executable, "-m", "twine", "check", "--strict", *map(str, built.iterdir())]
        done = subprocess.run(run, capture_output=True, text=True, timeout=120, check=False)
        assert 0 == done.returncode, done.stdout

    def test_has_the_stories_in_its_wheel_and_the_pages_in_its_sdist(self, built):
        """And the plugin's entry point."""
        with zipfile.ZipFile(built / f"exomock-{__version__}-py3-none-any.whl") as wheel:
            names = wheel.namelist()
            (points,) = [name for name in names if name.endswith("entry_points.txt")]
            assert "exomock/shipped/exotel-down.yaml" in names
            assert b"[pytest11]" in wheel.read(points)
        with tarfile.open(built / f"exomock-{__version__}.tar.gz") as sdist:
            names = {name.partition("/")[2] for name in sdist.getnames()}
        assert {"README.md", "docs/scenarios.md", "tests/conftest.py", "Dockerfile"} <= names
