"""The command line: every option of `serve` comes from the settings' one table."""

import os
import random
import re
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from exomock import __version__
from exomock.engine import NewAccount
from exomock.scenarios import ScenarioError, read_scenarios
from exomock.server import DEFAULT_ACCOUNT
from exomock.settings import SETTINGS, Settings
from exomock.storage.store import AccountRow, DatabaseError, Store

T = TypeVar("T")

_SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECRET = re.compile(r"[!-9;-~]{1,128}")
LEVELS = ("debug", "info", "warning", "error")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="exomock")
def cli() -> None:
    """exomock: a local Exotel, for tests and for development without an account."""


def _options(command: Callable[..., None]) -> Callable[..., None]:
    for setting in reversed(SETTINGS):
        default = setting.default or "none"
        text = f"{setting.help} [{default}{' ' + setting.unit if setting.unit else ''}]"
        command = click.option(
            f"--{setting.name}",
            setting.field,
            envvar=setting.variable,
            multiple=setting.multiple,
            help=f"{text} ({setting.variable})",
        )(command)
    return command


@cli.command()
@_options
def serve(**given: Any) -> None:
    """Serve the v1 API until Ctrl-C."""
    # Imported here: the server takes a third of a second that `--help` need not wait for.
    from exomock.serving import CannotServe, Serving, claim, temporary_database
    from exomock.serving import serve as run

    said: dict[str, Any] = {
        s.field: given[s.field] or (() if s.multiple else s.default) for s in SETTINGS
    }
    names = tuple(said["scenario"]) or ("default",)
    scenario = read_scenarios(names)
    seed = _seed(said["seed"], scenario.seed)
    clock, rate = _clock(said["clock"])
    settings = _settings(said, rate)
    threads = int(_number("threads", said["threads"], 1, 1000))
    level = _level(said["log_level"])
    accounts = [_account(text) for text in said["account"]]
    port = int(_number("port", said["port"], 0, 65535))
    try:
        with _database(said["database"], temporary_database) as database:
            kept = _kept(database) if said["database"] else []
            if not accounts and not kept:
                accounts = [DEFAULT_ACCOUNT]
            host, port, holder = claim(said["host"], port)
            with holder:
                run(
                    Serving(
                        host, port, settings, names, database, bool(said["database"]),
                        tuple(accounts), seed, clock, threads, level,
                    )
                )  # fmt: skip
    except CannotServe as error:
        raise click.ClickException(str(error)) from None
    _last_words("exomock: stopped")


def _last_words(text: str) -> None:
    """Say something at the end, to whoever still listens: a closed pipe is no failure."""
    try:
        click.echo(text)
    except OSError:
        # Or the interpreter would stumble over the same pipe when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Given:
    """A database that is there to stay, as a context manager beside the temporary one."""

    def __init__(self, url: str) -> None:
        self.url = url if "://" in url else f"sqlite:///{url}"

    def __enter__(self) -> str:
        return self.url

    def __exit__(self, *_: object) -> None:
        pass


def _database(given: str, temporary: Callable[[], Any]) -> Any:
    return _Given(given) if given else temporary()


def _kept(url: str) -> list[AccountRow]:
    store = Store(url)
    try:
        return store.accounts()
    finally:
        store.close()


def _settings(said: dict[str, Any], rate: float) -> Settings:
    return Settings(
        rate=rate,
        late_fields=round(_number("late-fields", said["late_fields"], 0, 86_400) * 1e6),
        retry_after=_retry_after(said["callback_retry_after"]),
        callback_timeout=_number("callback-timeout", said["callback_timeout"], 0.1, 60),
        callback_ca=_readable("callback-ca", said["callback_ca"]),
        callback_threads=int(_number("callback-threads", said["callback_threads"], 1, 1000)),
        max_time_out=int(_number("max-time-out", said["max_time_out"], 1, 14_400)),
        max_body=int(_number("max-body", said["max_body"], 1024, 2**30)),
    )


def _wrong(option: str, found: object, expected: str) -> click.ClickException:
    return click.UsageError(f"--{option}: found '{found}', expected {expected}")


def _number(option: str, text: str, low: float, high: float) -> float:
    expected = f"a number from {low:g} to {high:g}"
    try:
        value = float(text)
    except ValueError:
        raise _wrong(option, text, expected) from None
    if not low <= value <= high:
        raise _wrong(option, text, expected)
    return value


def _seed(text: str, scenarios: int | None) -> int:
    if text:
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise _wrong("seed", text, "a whole number, 0 or more")
        return int(text)
    # The one draw that nothing seeds: it is printed, so that a run can be repeated.
    return random.SystemRandom().randrange(2**32) if scenarios is None else scenarios


def _clock(text: str) -> tuple[str, float]:
    if text in ("real", "frozen"):
        return text, float(text == "real")
    found = re.fullmatch(r"x([0-9]+(?:\.[0-9]+)?)", text)
    if found is None or not 0 < float(found[1]) <= 1_000_000:  # noqa: PLR2004
        raise _wrong("clock", text, "real, frozen, or x and a rate above 0 such as x60")
    return text, float(found[1])


def _retry_after(text: str) -> tuple[int, int]:
    parts = text.split(",")
    if len(parts) > 2:  # noqa: PLR2004
        raise _wrong("callback-retry-after", text, "one or two times in seconds: 300,900")
    values = [round(_number("callback-retry-after", p, 0, 2_592_000) * 1e6) for p in parts]
    return values[0], values[-1]


def _readable(option: str, path: str) -> str | None:
    if not path:
        return None
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            file.read(1)
    except OSError as error:
        raise _wrong(option, path, f"a readable PEM file ({error.strerror})") from None
    return path


def _level(text: str) -> str:
    if text.lower() not in LEVELS:
        raise _wrong("log-level", text, f"one of {', '.join(LEVELS)}")
    return text.lower()


def _account(text: str) -> NewAccount:
    sid, _, rest = text.partition(":")
    key, _, token = rest.partition(":")
    if not (_SID.fullmatch(sid) and _SECRET.fullmatch(key) and _SECRET.fullmatch(token)):
        raise _wrong("account", text, "SID:KEY:TOKEN (the Sid of letters, digits, _ and -)")
    return NewAccount(sid, key, token)


def main() -> None:
    """Run the command line; what goes wrong is one line, and a status that is not 0."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(2)
    except click.ClickException as error:
        click.echo(f"exomock: {error.format_message()}", err=True)
        sys.exit(error.exit_code)
    except (ScenarioError, DatabaseError) as error:
        click.echo(f"exomock: {error}", err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(130)
