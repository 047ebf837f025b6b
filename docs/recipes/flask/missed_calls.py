"""A Flask application that calls customers, and notes whom it did not reach."""

import os

import requests
from flask import Flask, request

app = Flask(__name__)
follow_ups: list[str] = []
calls: dict[str, str] = {}


def call_customer(number: str) -> str:
    """Place a call; Exotel tells `/exotel` how it ends."""
    base = f"{os.environ['EXOTEL_URL']}/v1/Accounts/{os.environ['EXOTEL_SID']}"
    answer = requests.post(
        f"{base}/Calls/connect.json",
        auth=(os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"]),
        data={
            "From": "09811100001",
            "To": number,
            "CallerId": "08047112233",
            "StatusCallback": f"{os.environ['APP_URL']}/exotel",
            "StatusCallbackEvents[0]": "terminal",
        },
        timeout=10,
    )
    answer.raise_for_status()
    sid = answer.json()["Call"]["Sid"]
    calls[sid] = number
    return sid


@app.post("/exotel")
def told() -> tuple[str, int]:
    """The receiver. Exotel sends multipart/form-data; it may send the same twice."""
    number = calls.pop(request.form["CallSid"], None)
    if number is not None and request.form["Status"] != "completed":
        follow_ups.append(number)
    return "", 200
