"""Whatever a request holds, the control API answers it in its own words: no 5xx, no traceback."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import fields

from conftest import EXOPHONE, FROM
from exomock.api.fields import WebAddress, WordList
from exomock.control import (
    accounts,
    callbacks,
    calls,
    clock,
    cluster,
    coverage,
    events,
    flows,
    forms,
    journal,
    messages,
    news,
    paging,
    phones,
    replies,
    scenario,
    waits,
)
from exomock.field import OneOf, PhoneOrSip, Telephone, Whole
from surface import CONTROL, FUZZ

# Every form of the control API, and where it is read.
FORMS = {
    accounts.AccountForm: ("POST", "/_exomock/accounts"),
    accounts.ResetForm: ("POST", f"{CONTROL}/reset"),
    forms.ClockForm: ("PUT", f"{CONTROL}/clock"),
    clock.AdvanceForm: ("POST", f"{CONTROL}/clock/advance"),
    calls.InboundForm: ("POST", f"{CONTROL}/calls"),
    calls.HangUpForm: ("POST", f"{CONTROL}/calls/x/hangup"),
    phones.PhoneForm: ("POST", f"{CONTROL}/calls/x/phone"),
    phones.PhonesForm: ("PUT", f"{CONTROL}/phones"),
    replies.ReplyForm: ("POST", f"{CONTROL}/calls/x/reply"),
    flows.PressForm: ("POST", f"{CONTROL}/calls/x/press"),
    messages.TextedForm: ("POST", f"{CONTROL}/messages"),
    journal.VerifyForm: ("POST", f"{CONTROL}/requests/verify"),
    journal.CountForm: ("POST", f"{CONTROL}/requests/verify"),
}
QUERIES = {
    callbacks.CallbackFilter: f"{CONTROL}/callbacks",
    cluster.ClusterForm: "/_exomock/cluster",
    coverage.CoverageForm: "/_exomock/coverage",
    paging.PageForm: f"{CONTROL}/calls",
    journal.JournalFilter: f"{CONTROL}/requests",
    news.NewsForm: f"{CONTROL}/news",
    events.EventsForm: f"{CONTROL}/events",
    waits.WaitForm: f"{CONTROL}/wait",
    scenario.PlayedForm: f"{CONTROL}/scenario/played",
}
INSIDE = {journal.CountForm: "count"}
BESIDE = {
    calls.InboundForm: {"from": FROM, "exophone": EXOPHONE},
    messages.TextedForm: {"from": FROM, "exophone": EXOPHONE, "body": "hello"},
}

# What JSON a field of each class takes; the scenario language's words, Raw, say so themselves.
TAKES = {
    forms.Matching: "text",
    accounts.GivenScenario: "text object",
    fields.Nested: "object",
    forms.Truth: "truth",
    forms.Quantity: "number whole",
    forms.Rate: "number whole",
    Whole: "whole",
    forms.Moment: "text",
    OneOf: "text",
    fields.List: "list",
    fields.Dict: "object",
    fields.String: "text",
    Telephone: "text whole",
    PhoneOrSip: "text whole",
    WebAddress: "text",
    WordList: "list",
    replies.Replies: "list",
    replies.ReplyText: "text list object",
    calls.ScriptWord: "null truth whole number text list object",
}
VALUES = {
    "truth": (True, False),
    "whole": (0, -1, 10**30),
    "number": (1.5, -0.1),
    "text": ("\x00", "\x1b[1m", ""),
    "list": ([], [1], [None], [[]], [{}]),
    "object": ({}, {"a": 1}, {"": None}),
}


WORDS = sorted(
    {field.data_key or name for form in FORMS for name, field in form().fields.items()}
    | {
        "rules",
        "leg1",
        "when",
        "to",
        "history",
        "inbound",
        "faults",
        "error",
        "numbers",
        "calls",
    }
)


def leaves(form):
    """The forms that are used: those of which none is made."""
    made = form.__subclasses__()
    return [leaf for each in made for leaf in leaves(each)] if made else [form]


class TestAFieldOfTheControlApi:
    """Each says by its name that it got what it does not take."""

    def test_stands_here(self):
        """A new form, or a new kind of field, must show what it refuses."""
        assert {*FORMS, *QUERIES} == set(leaves(forms.Form))
        used = {type(field) for form in FORMS for field in form().fields.values()}
        assert set() == used - set(TAKES)

    @pytest.mark.parametrize(
        ("form", "name"),
        [(form, field.data_key or name) for form in FORMS for name, field in form().fields.items()],
        ids=lambda part: part if isinstance(part, str) else part.__name__,
    )
    def test_refuses_every_type_that_it_does_not_take(self, surface, form, name):
        """With a 400 that names it; and what it does take never ends in a 500."""
        (field,) = [f for n, f in form().fields.items() if (f.data_key or n) == name]
        method, path = FORMS[form]
        for kind, values in VALUES.items():
            for value in values:
                body = BESIDE.get(form, {}) | {name: value}
                body = {INSIDE[form]: body} if form in INSIDE else body
                answer = surface.ask(method, path, json.dumps(body))
                if kind not in TAKES[type(field)].split():
                    assert 400 == answer.status_code, (value, answer.text)
                if answer.status_code == 400:
                    assert name in answer.json()["detail"], (value, answer.text)


class TestABodyOfTheControlApi:
    """Any bytes, any JSON, at any route that takes a body."""

    ROUTES = (
        *FORMS.values(), ("PUT", f"{CONTROL}/scenario"), ("POST", f"{CONTROL}/next"),
        ("POST", f"{CONTROL}/faults"), ("POST", f"{CONTROL}/twists"),
        ("POST", "/_exomock/scenario-check"), ("POST", f"{CONTROL}/snapshots"), ("POST", "/_exomock/echo"),
    )  # fmt: skip
    ODD = (
        b"NaN", b"-Infinity", b"1e999", b"9" * 5000, b'"\\ud800"', b'"\xff"', b"{", b"]", b"\x00", b"",
        b"\xef\xbb\xbf{}", b'{"a":1,"a":2}', b"\xff\xfe{\x00}\x00", b"'", b"&a [*a]", b"!!python/x y",
    )  # fmt: skip

    @pytest.mark.parametrize("depth", [64, 65, 985, 100_000])
    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_may_be_nested_however_deep(self, surface, method, path, depth):
        """Lists and objects, alone and in a field; beyond 64 deep a 400 says so."""
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            nested = opening * depth + b"1" + closing * depth
            for body in (nested, b'{"from":%b,"rules":%b}' % (nested, nested)):
                answer = surface.ask(method, path, body)
                if depth > forms.MAX_DEPTH and "echo" not in path and "snapshots" not in path:
                    assert 400 == answer.status_code

    @pytest.mark.parametrize(("method", "path"), ROUTES)
    def test_may_be_no_json(self, surface, method, path):
        """Nor YAML, nor text."""
        for body in (*self.ODD, *(b'{"calls":%b}' % odd for odd in self.ODD)):
            surface.ask(method, path, body)
            surface.ask(method, path, body, "application/yaml")

    @FUZZ
    @given(
        st.sampled_from(ROUTES),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=9), inner, max_size=4)
            ),
            max_leaves=12,
        ),
    )
    def test_may_be_any_json(self, surface, route, value):
        """Of known and unknown words."""
        surface.ask(*route, json.dumps(value).encode(errors="surrogatepass"))

    def test_leaves_an_account_that_can_be_read(self, surface):
        """Whatever of it was taken."""
        for what in (
            "",
            "/calls",
            "/callbacks",
            "/requests?answers=true",
            "/transcript",
            "/faults",
            "/twists",
            "/requests/har",
            "/scenario/played",
        ):
            assert 200 == surface.ask("GET", CONTROL + what).status_code
        assert 200 == surface.ask("POST", f"{CONTROL}/reset").status_code


class TestAScenarioInJson:
    """What YAML refuses to misread, JSON is not allowed to lose."""

    def test_gives_no_key_twice(self, surface):
        """JSON's readers would keep the last, and the rules of the first would be gone."""
        answer = surface.ask(
            "PUT", f"{CONTROL}/scenario", b'{"rules":[{"leg1":"busy"}],"rules":[]}'
        )

        assert 400 == answer.status_code
        assert "'rules' twice" in answer.json()["detail"]
