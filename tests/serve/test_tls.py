"""`exomock serve --tls`: https under Exotel's names, by an authority that is made once."""

import json
import re
import shutil
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from exomock.cli import cli
from exomock.trust.names import KNOWN
from ports import nobody


def get(port, name, authority):
    """The account's list by https under a name, which leads to this machine."""
    trusting = ssl.create_default_context(cafile=str(authority))
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        trusting.wrap_socket(plain, server_hostname=name) as client,
    ):
        head = f"GET /v1/Accounts/exomock/Calls.json HTTP/1.1\r\nHost: {name}\r\n"
        user = "Authorization: Basic ZXhvbW9jay1rZXk6ZXhvbW9jay10b2tlbg==\r\n"
        client.sendall(f"{head}{user}Connection: close\r\n\r\n".encode())
        return b"".join(iter(lambda: client.recv(65_536), b"")).partition(b"\r\n\r\n")[2]


@pytest.fixture
def ask(tmp_path):
    """A command of `exomock` in the same data folder, and what it prints."""

    def ask(*argv, code=0, **variables):
        done = CliRunner().invoke(cli, argv, env={"XDG_DATA_HOME": str(tmp_path), **variables})
        assert code == done.exit_code, done.output
        return done.output

    return ask


def test_answers_under_each_name_by_https_beside_http(serve, tmp_path, ask):
    """With the authority that `exomock ca path` names; `exomock env` finds the same server."""
    server = serve("--tls", "--tls-port", "0", XDG_DATA_HOME=str(tmp_path))
    line = next(each for each in server.out.all() if "https" in each)
    port = int(re.search(r"https://127\.0\.0\.1:(\d+)", line)[1])
    authority = Path(ask("ca", "path").strip())

    for name in (*KNOWN, "recordings.exotel.com", "localhost"):
        assert 0 == json.loads(get(port, name, authority))["Metadata"]["Total"]
    assert 200 == requests.get(f"{server.url}/_exomock/health", timeout=10).status_code
    assert 0o600 == (authority.parent / "ca.key").stat().st_mode & 0o777
    printed = ask("env", "--url", server.url, "--tls").splitlines()
    assert f"export EXOTEL_URL={server.url}" in printed
    assert "export EXOTEL_API_TOKEN=exomock-token" in printed
    bundle = next(each for each in printed if each.startswith("export SSL_CERT_FILE="))
    assert authority.read_text() in Path(bundle.partition("=")[2]).read_text()
    if sh := shutil.which("sh"):
        script = "\n".join([*printed, 'echo "$EXOTEL_SID $EXOMOCK_URL"'])
        done = subprocess.run([sh, "-c", script], capture_output=True, text=True, check=True)
        assert f"exomock {server.url}" == done.stdout.strip()


def test_env_without_a_server_says_so(ask):
    """One line, and the status 3."""
    with nobody() as port:
        url = f"http://127.0.0.1:{port}"

        assert f"there is no exomock at {url}" in ask("env", "--url", url, code=3)


def test_the_authority_is_shown(ask):
    """What it may sign for, and how to trust it: each line names its file."""
    path = ask("ca", "path").strip()

    shown = ask("ca", "show")
    assert "signs for   exotel.com, exotel.in, localhost, 127.0.0.0/8, ::1/128" in shown
    assert path in shown
    assert f"export NODE_EXTRA_CA_CERTS={path}" in ask("ca", "trust-help")
    assert path == ask("ca", "path").strip()
