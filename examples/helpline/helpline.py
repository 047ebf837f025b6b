"""A helpline on Exotel: missed calls are called back, callers key in a PIN, two agents answer."""

import json
import os
from collections import deque

import requests
from flask import Flask, request

app = Flask(__name__)

PINS = {"09900001111": "215250"}
AGENTS = ["09811100001", "09811100002"]

waiting: deque[str] = deque()  # who is to be called back
seen: set[tuple[str, str]] = set()  # each call, and what was noted of it: the same may come twice
busy: set[str] = set()  # agents who are being called, or talk
outcomes: dict[str, str] = {}  # CallSid: how its call ended
recordings: dict[str, str] = {}  # CallSid: where its recording will play


def first_time(what: str) -> bool:
    """Whether a request tells something new: one that got no answer in time may be sent again."""
    key = (request.args["CallSid"], what)
    if key in seen:
        return False
    seen.add(key)
    return True


@app.get("/missed")
def missed() -> tuple[str, int]:
    """Somebody rang. The answer must come within 5 s, so the call back is left for later."""
    if first_time("missed"):
        waiting.append(request.args["CallFrom"])
    return "", 200


def call_back() -> list[str]:
    """Call everybody who waits: a cron job or a queue would do this. Gives the calls' Sids."""
    account = os.environ["EXOTEL_SID"]
    placed = []
    while waiting:
        answer = requests.post(
            f"{os.environ['EXOTEL_URL']}/v1/Accounts/{account}/Calls/connect.json",
            auth=(os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"]),
            data={
                "From": waiting[0],
                "CallerId": "08047112233",
                "Url": f"http://my.exotel.com/{account}/exoml/start_voice/930",
                "CustomField": "missed-call",
            },
            timeout=10,
        )
        answer.raise_for_status()  # whoever was not called keeps their place
        waiting.popleft()
        placed.append(answer.json()["Call"]["Sid"])
    return placed


@app.get("/check-pin")
def check_pin() -> tuple[str, int]:
    """200 takes the first branch, 302 the other. Digits come in double quotes."""
    digits = json.loads(request.args["digits"])
    return "", 200 if digits == PINS.get(request.args["CallFrom"]) else 302


@app.get("/agents")
def agents() -> tuple[str, int, dict[str, str]]:
    """Whom to dial, in order; only text/plain is read."""
    free = [each for each in AGENTS if each not in busy]
    return ",".join(free), 200 if free else 404, {"Content-Type": "text/plain"}


@app.get("/popup")
def popup() -> tuple[str, int]:
    """An agent is `busy` while it is being called or talks, then `free`."""
    agent = request.args["DialWhomNumber"]
    if request.args["Status"] == "busy":
        busy.add(agent)
    else:
        busy.discard(agent)
    return "", 200


@app.get("/ended")
def ended() -> tuple[str, int]:
    """How it ended. The recording is told of before it can be had: a worker fetches it later."""
    says, sid = request.args, request.args["CallSid"]
    if says["CallType"] == "voicemail":
        outcomes[sid] = "voicemail"
    else:
        outcomes[sid] = says.get("DialCallStatus", "nobody was there")
    if "RecordingUrl" in says:
        recordings[sid] = says["RecordingUrl"]
    return "", 200
