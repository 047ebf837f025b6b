"""A wrong argument of the client is a TypeError or a ValueError of one sentence."""

import math

import pytest

from exomock import connect
from exomock.client import NoServer
from exomock.server import Exomock

WRONG = {
    "a negative length": (ValueError, lambda a: a.advance(-5)),
    "no length": (ValueError, lambda a: a.advance(math.nan)),
    "a length for ever": (ValueError, lambda a: a.advance(math.inf)),
    "another word": (ValueError, lambda a: a.advance("idel")),
    "no number": (TypeError, lambda a: a.advance(None)),
    "a truth": (TypeError, lambda a: a.advance(True)),
    "a rate below 0": (ValueError, lambda a: a.rate(-1)),
    "a rate in words": (ValueError, lambda a: a.rate("x-ray")),
    "a rate of nothing": (TypeError, lambda a: a.rate(None)),
    "a scenario of a wrong type": (TypeError, lambda a: a.scenario(7)),
    "a scenario that is not there": (ValueError, lambda a: a.scenario("evening.yaml")),
    "an unknown name of a scenario": (ValueError, lambda a: a.scenario("exotel-dwn")),
    "a wrong word of a scenario": (ValueError, lambda a: a.scenario({"rules": [{"tlak": 1}]})),
    "a wrong fate": (ValueError, lambda a: a.next(leg2="bsy")),
    "a wrong fault": (ValueError, lambda a: a.fault("service-unavialable")),
    "a wrong party": (ValueError, lambda a: a.hangup(a.connect("09822200002"), by="form")),
    "no call": (TypeError, lambda a: a.call(7)),
    "a wrong list of what is kept": (ValueError, lambda a: a.reset(keep=["clok"])),
    "a wait too long": (ValueError, lambda a: a.wait(timeout=10_000)),
    "an unknown call": (LookupError, lambda a: a.call("nobody")),
    "an unknown callback": (LookupError, lambda a: a.replay(99)),
}


@pytest.fixture(scope="module")
def mock():
    with Exomock() as mock:
        yield mock


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_argument_is_one_sentence(mock, wrong):
    """Whether the client or the server finds it."""
    kind, use = WRONG[wrong]

    with pytest.raises(kind) as error:
        use(mock)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) > 10


OF_A_SERVER = {
    "a clock": (ValueError, {"clock": "frosen"}),
    "a time": (ValueError, {"now": "tomorrow"}),
    "no time": (TypeError, {"now": 7}),
    "a seed": (TypeError, {"seed": "7"}),
    "a Sid": (ValueError, {"sid": "a b"}),
    "a scenario": (ValueError, {"scenario": "rules: [{talk: 10mm}]"}),
}


@pytest.mark.parametrize("wrong", OF_A_SERVER)
def test_a_wrong_account_is_one_sentence(mock, wrong):
    """None is made."""
    kind, words = OF_A_SERVER[wrong]

    with pytest.raises(kind) as error:
        connect(mock.url).account(**words)
    assert "\n" not in str(error.value)
    assert ["exomock"] == [each.sid for each in connect(mock.url).accounts]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (TypeError, {"start_at": 1.5}),
        (ValueError, {"start_at": "noon"}),
        (ValueError, {"start_at": -1}),
        (ValueError, {"start_at": 2**63}),
        (TypeError, {"scenario": 7}),
    ],
)
def test_a_wrong_exomock_is_one_sentence(kind, words):
    """Nothing is started, and no port taken."""
    with pytest.raises(kind) as error:
        Exomock(**words)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:8080", "ftp://x", "http://", "http://x:99999999", 7]
)
def test_what_is_no_url_is_refused(url):
    """At once, not at the first request."""
    with pytest.raises(ValueError, match="is no server"):
        connect(url)


def test_a_server_that_is_not_there_is_named():
    """As a ConnectionError that says where it was looked for."""
    with pytest.raises(NoServer, match=r"nobody answers at http://127\.0\.0\.1:9"):
        connect("http://127.0.0.1:9").account()
