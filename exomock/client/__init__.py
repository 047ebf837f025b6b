"""
A client of exomock: accounts, their time, their calls and what became of them.

It needs the standard library and nothing else, so that it works beside any version of Flask,
marshmallow or SQLAlchemy.
"""

from exomock.client.account import Account
from exomock.client.errors import (
    ControlError,
    NoServer,
    NotThere,
    NotYet,
    Refused,
    WrongArgument,
)
from exomock.client.lists import Callbacks, Requests
from exomock.client.records import (
    Advanced,
    Agent,
    Attempt,
    Call,
    Callback,
    Event,
    Fault,
    FlowStep,
    Leg,
    Message,
    Overlay,
    PopUp,
    Question,
    Request,
    Step,
    Verified,
)
from exomock.client.server import Server

__all__ = [
    "Account",
    "Advanced",
    "Agent",
    "Attempt",
    "Call",
    "Callback",
    "Callbacks",
    "ControlError",
    "Event",
    "Fault",
    "FlowStep",
    "Leg",
    "Message",
    "NoServer",
    "NotThere",
    "NotYet",
    "Overlay",
    "PopUp",
    "Question",
    "Refused",
    "Request",
    "Requests",
    "Server",
    "Step",
    "Verified",
    "WrongArgument",
    "connect",
]


def connect(url: str, control_token: str | None = None) -> Server:
    """
    A running exomock.

    Args:
        url: Where it is, as `http://127.0.0.1:8080`.
        control_token: Of its control API, where it asks for one.

    Raises:
        ValueError: The URL is none of a server.
    """
    return Server(url, control_token)
