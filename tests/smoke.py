"""The installed command serves a call: .ci/run runs this against the wheel."""

import base64
import json
import subprocess
import sys
import urllib.parse
import urllib.request

FIELDS = {"From": "09000000007", "To": "09000000007", "CallerId": "08047112233"}


def ask(url, data=None):
    request = urllib.request.Request(url, data and urllib.parse.urlencode(data).encode())
    token = base64.b64encode(b"exomock-key:exomock-token").decode()
    request.add_header("Authorization", f"Basic {token}")
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def main(command):
    print(subprocess.run([command, "--version"], check=True, capture_output=True, text=True).stdout)
    serve = [command, "serve", "--port", "0", "--clock", "x60"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        try:
            lines = iter(server.stdout.readline, "")
            base = next(line.split()[-1] for line in lines if "base URL" in line)
            account = f"{base}/v1/Accounts/exomock"
            sid = ask(f"{account}/Calls/connect.json", FIELDS)["Call"]["Sid"]
            while (call := ask(f"{account}/Calls/{sid}.json")["Call"])["Status"] != "completed":
                pass
            assert int(call["Duration"]) >= 3, call
            print(f"smoke: {call['Sid']} {call['Status']} after {call['Duration']} s")
        finally:
            server.terminate()
    assert server.returncode == 0, server.returncode


main(sys.argv[1])
