"""Everything at once on one account: nothing is a 500, and what is left is whole."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import requests

PAST = 2500
TEXT = (
    f"history: {{calls: {PAST}, over: 30d}}\n"
    'calls: [{to: "09822200002", created: "2026-02-27 11:00:00"}]\n'
    "inbound: [{every: 30s}]\n"
)
YAML = {"Content-Type": "text/yaml"}
ORDER = {"From": "09811100001", "To": "09822200002", "CallerId": "08047112233"}


def asked(account, http, what):
    """What one of several clients does to the account."""
    here = f"{account.control.url}/_exomock/accounts/{account.sid}"
    v1 = account.made["base_url"]
    return {
        "scenario": lambda: http.put(f"{here}/scenario", data=TEXT, headers=YAML, timeout=60),
        "reset": lambda: http.post(f"{here}/reset", json={"keep": ["scenario"]}, timeout=60),
        "snapshot": lambda: http.post(f"{here}/snapshots", timeout=60),
        "restore": lambda: http.post(f"{here}/snapshots/{account.sid}-1/restore", timeout=60),
        "connect": lambda: http.post(
            f"{v1}/Calls/connect.json", data=ORDER, auth=account.auth, timeout=60
        ),
        "list": lambda: http.get(f"{v1}/Calls.json", auth=account.auth, timeout=60),
        "advance": lambda: http.post(f"{here}/clock/advance", json={"seconds": 20}, timeout=60),
        "calls": lambda: http.get(f"{here}/calls?limit=5", timeout=60),
    }[what]()


def test_an_account_that_six_clients_pull_at_stays_whole(control):
    account = control.account()

    def pull(number):
        chance, found = Random(number), []
        ways = ("scenario", "reset", "snapshot", "restore", "connect", "list", "advance", "calls")
        with requests.Session() as http:
            for _ in range(15):
                what = chance.choice(ways)
                found.append((what, asked(account, http, what).status_code))
        return found

    with ThreadPoolExecutor(6) as pool:
        answers = [answer for found in pool.map(pull, range(6)) for answer in found]

    assert [] == [answer for answer in answers if answer[1] >= 500]
    account.post("reset")
    account.control.ask("PUT", f"accounts/{account.sid}/scenario", data=TEXT.encode(), headers=YAML)
    assert PAST + 1 == account.v1("GET", "Calls.json").json()["Metadata"]["Total"]
