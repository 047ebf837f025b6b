"""Routes: what builds a URL from one is compiled when a URL is built, and builds the same."""

import pytest
from flask import Flask, url_for
from werkzeug.routing import BuildError

from exomock.api.routes import Routes

RULES = ["/", "/calls/<sid>", "/calls/<sid>/legs/<int:leg>", "/a b/<path:rest>"]
VALUES = [
    {},
    {"sid": "x/y z"},
    {"sid": "abc", "leg": 2},
    {"rest": "one/two"},
    {"sid": "abc", "leg": 1, "more": "a b", "and": ["1", "2"]},
]


def app_of(kind: type[Flask]) -> Flask:
    app = kind("exomock")
    for place, rule in enumerate(RULES):
        app.add_url_rule(rule, f"view{place}", lambda **_: "")
    return app


@pytest.mark.parametrize("values", VALUES, ids=str)
def test_a_url_is_built_as_by_flask(values):
    """Every rule that these values fit."""
    built = []
    for kind in (Routes, Flask):
        app, found = app_of(kind), {}
        with app.test_request_context():
            for place in range(len(RULES)):
                try:
                    found[place] = url_for(f"view{place}", **values)
                except BuildError as error:
                    found[place] = type(error)
        built.append(found)

    assert built[0] == built[1]
    assert any(isinstance(each, str) for each in built[0].values())
