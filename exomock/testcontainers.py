"""exomock's image as a container of testcontainers, for as long as a test needs it."""

import secrets
import threading
from typing import Any

try:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.exceptions import ContainerStartException
    from testcontainers.core.waiting_utils import WaitStrategy
except ModuleNotFoundError as error:
    needs = "exomock.testcontainers needs testcontainers: pip install 'exomock[testcontainers]'"
    raise ModuleNotFoundError(needs, name=error.name) from None

from exomock.client import Account, ControlError, Server
from exomock.testing.suite import QUIET, options

IMAGE = "exomock"
"""What `docker build -t exomock .` makes; no registry has it."""

PORT = 8080
"""The port that the image exposes."""

HOST = "host.docker.internal"
"""The machine on which the tests run, as a container calls it."""

_PAUSE = 0.1
"""Seconds between two looks whether it answers."""

_FIXED = {
    "host": "the container listens on all of its addresses",
    "port": f"it listens on {PORT}, and `url` says where that is",
    "control_token": "it has one of its own, `token`",
}
"""Settings that are the container's own, and why."""


class ExomockContainer(DockerContainer):
    """
    A container that serves exomock, as a context manager or from `start` to `stop`.

    Callbacks to localhost and 127.0.0.1 go to the machine that the tests run on. There the
    receiver must listen on all addresses, unless the engine is Docker Desktop.

    Args:
        image: The image.
        settings: Of `exomock serve`, as `callback_timeout=2`; a list is said several times.

    Attributes:
        token: Of its control API.

    Raises:
        ValueError: A setting is the container's own.

    Source:
        extra_hosts and `host-gateway`: Docker's reference of `docker run --add-host`. No engine has
        run this class yet; tests put an exomock process in a container's place.
    """

    def __init__(self, image: str = IMAGE, **settings: Any) -> None:
        for name in settings.keys() & _FIXED.keys():
            raise ValueError(f"{name}: {_FIXED[name]}; drop it")
        super().__init__(image)
        self.token = secrets.token_hex(16)
        aliases = [f"{name}={HOST}" for name in ("localhost", "127.0.0.1")]
        said = options({"host_alias": aliases} | settings)
        self.with_command(["exomock", "serve", *QUIET, *said])
        self.with_env("EXOMOCK_CONTROL_TOKEN", self.token)
        self.with_exposed_ports(PORT)
        self.with_kwargs(extra_hosts={HOST: "host-gateway"})
        self.waiting_for(Answers())

    @property
    def url(self) -> str:
        """Where it is, for who runs beside the container; it must be running."""
        host = self.get_container_host_ip()
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.get_exposed_port(PORT)}"

    @property
    def server(self) -> Server:
        """It, in a client's hand; it must be running."""
        return Server(self.url, self.token)

    def account(self, **wanted: Any) -> Account:
        """
        Make an account, as `Server.account` does.

        Raises:
            ValueError: A word is wrong.
            NoServer: It does not run any more.
        """
        return self.server.account(**wanted)


class Answers(WaitStrategy):
    """Waits until exomock in the container can place calls; no proxy is asked."""

    def wait_until_ready(self, container: Any) -> None:
        """
        Wait until it answers.

        Args:
            container: An `ExomockContainer` that was started.

        Raises:
            ContainerStartException: It has ended; the last lines of its log say why.
            TimeoutError: It does not answer in time.
        """
        pause = threading.Event()
        for _ in range(max(1, int(self._startup_timeout / _PAUSE))):
            try:
                if container.server.health:
                    return
            except (OSError, ControlError):  # not published yet, or nobody answers yet
                _still_runs(container)
            pause.wait(_PAUSE)
        raise TimeoutError(f"exomock does not answer in {self._startup_timeout:g} s")


def _still_runs(container: DockerContainer) -> None:
    wrapped = container.get_wrapped_container()
    wrapped.reload()
    if wrapped.status in ("exited", "dead"):
        said = b"".join(container.get_logs()).decode(errors="replace").split("\n")
        last = "; ".join(line.strip() for line in said[-6:] if line.strip())
        raise ContainerStartException(f"exomock's container has ended: {last or 'it said nothing'}")
