"""`exomock.testcontainers` on a stand-in for a container engine, with a real exomock in each container."""

import re
import subprocess
import sys

import pytest

from clients.engine import Engine
from exomock.client import ControlError, NoServer, connect
from pages import blocks_in, text_of

pytest.importorskip("testcontainers")

from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.exceptions import ContainerStartException

from exomock.testcontainers import HOST, IMAGE, PORT, Answers, ExomockContainer

PAGE = "docs/containers.md"


@pytest.fixture
def engine(monkeypatch):
    """What testcontainers takes for a container engine; it makes no reaper of its own."""
    engine = Engine()
    monkeypatch.setenv("DOCKER_HOST", engine.url)
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)
    monkeypatch.setattr(
        testcontainers_config, "connection_mode_override", ConnectionMode.docker_host
    )
    yield engine
    engine.close()


def test_a_test_has_accounts_of_it(engine):
    """It is there when `with` begins, and gone at its end; only who has its token gets accounts."""
    with ExomockContainer(max_time_out=61) as exomock:
        account = exomock.account(scenario={"rules": [{"leg2": "busy"}]}, collect=True)
        call = account.connect(
            "09822200002", TimeOut=61, StatusCallback="http://localhost:3000/hook"
        )
        account.advance("idle")

        assert "busy" == account.call(call).status
        account.callbacks.expect("terminal", Status="busy")
        (container,) = engine.containers.values()
        assert f"http://127.0.0.1:{container.port}" == exomock.url
        with pytest.raises(ControlError, match="control-token"):
            connect(exomock.url).account()
        url = exomock.url

    with pytest.raises(NoServer):
        assert connect(url).health


def test_what_the_engine_is_told(engine):
    """Image, port, token; in a container localhost is itself, so it leads to the tests' machine."""
    exomock = ExomockContainer(clock="x60", allow_callbacks_to=["a", "b"], max_body="much")
    with pytest.raises(ContainerStartException, match=r"max-body.*much"):
        exomock.start()
    (container,) = engine.containers.values()
    told = " ".join(container.asked["Cmd"])

    assert IMAGE == container.asked["Image"]
    assert [f"{PORT}/tcp"] == list(container.asked["ExposedPorts"])
    assert [f"EXOMOCK_CONTROL_TOKEN={exomock.token}"] == container.asked["Env"]
    assert [f"{HOST}:host-gateway"] == container.asked["HostConfig"]["ExtraHosts"]
    assert told.startswith("exomock serve --clock frozen --seed 1 --log-level warning")
    assert f"--host-alias localhost={HOST} --host-alias 127.0.0.1={HOST}" in told
    assert "--clock x60 --allow-callbacks-to a --allow-callbacks-to b" in told


def test_a_token_is_the_containers_own(engine):
    """Two containers have two."""
    assert ExomockContainer().token != ExomockContainer().token


def test_one_that_never_answers_is_a_timeout(engine):
    """Its process runs, and its port belongs to nobody."""
    exomock = ExomockContainer().waiting_for(Answers().with_startup_timeout(0))
    with pytest.raises(TimeoutError, match="exomock does not answer in 0 s"):
        exomock.start()
    exomock.stop()


@pytest.mark.parametrize("setting", ["host", "port", "control_token"])
def test_a_setting_that_is_the_containers_own_is_refused(setting):
    """Before anything is asked of an engine."""
    with pytest.raises(ValueError, match=f"^{setting}: .*; drop it$"):
        ExomockContainer(**{setting: 1})


def test_without_testcontainers_the_sentence_says_what_to_install():
    """The extra is named."""
    code = "import sys; sys.modules['testcontainers'] = None; import exomock.testcontainers"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.stderr.endswith(
        "exomock.testcontainers needs testcontainers: pip install 'exomock[testcontainers]'\n"
    )


class TestThePage:
    @pytest.mark.usefixtures("engine")
    def test_its_python_runs(self):
        """As it stands, on the stand-in."""
        (block,) = blocks_in(text_of(PAGE), "python")
        names = {}
        exec(block, names)
        fixture = names["exomock"].__wrapped__()
        names["test_a_missed_call"](next(fixture))
        fixture.close()

    @pytest.mark.parametrize("language", ["java", "js", "go"])
    def test_each_recipe_has_image_port_token_and_wait(self, language):
        """What no compiler checks: the words that all of them share with the class."""
        (block,) = blocks_in(text_of(PAGE), language)

        assert f'"{IMAGE}"' in block
        assert re.search(rf"\b{PORT}\b", block)
        for word in ("/_exomock/health", "EXOMOCK_CONTROL_TOKEN", "Bearer ", "/_exomock/accounts"):
            assert word in block
        assert re.search(r"--clock\W+frozen", block)
        assert "/Calls/connect.json" in block
