"""A FastAPI application: it calls a customer, and remembers how the call ended."""

import os

import httpx
from fastapi import FastAPI, Request

app = FastAPI()
statuses: dict[str, str] = {}


@app.post("/call/{number}")
async def call(number: str) -> dict[str, str]:
    """Place a call; `statuses` has it from the moment that Exotel took it."""
    base = f"{os.environ['EXOTEL_URL']}/v1/Accounts/{os.environ['EXOTEL_SID']}"
    auth = (os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"])
    order = {
        "From": "09811100001",
        "To": number,
        "CallerId": "08047112233",
        "StatusCallback": f"{os.environ['APP_URL']}/exotel",
        "StatusCallbackEvents[0]": "terminal",
    }
    async with httpx.AsyncClient(auth=auth, trust_env=False) as client:
        answer = await client.post(f"{base}/Calls/connect.json", data=order)
    if answer.is_error:
        return {"refused": answer.json()["RestException"]["Message"]}
    sid = answer.json()["Call"]["Sid"]
    # A callback may have come before this answer: it knows better.
    statuses.setdefault(sid, "in-progress")
    return {"sid": sid}


@app.post("/exotel")
async def told(request: Request) -> None:
    """The receiver; python-multipart must be installed for `form`."""
    form = await request.form()
    statuses[str(form["CallSid"])] = str(form["Status"])
