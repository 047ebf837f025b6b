"""What exomock is measured against: a bare Flask view, behind the very front that exomock has."""

import sys
from typing import Any
from wsgiref.types import WSGIEnvironment

from flask import Flask, Response

from exomock.api.wsgi import Said, answer_of
from exomock.claims import claim
from exomock.front import Front
from exomock.serving import listen
from exomock.settings import Settings


def app(sizes: list[int]) -> Flask:
    """An app with one static rule for each size; its answer is one constant JSON text."""
    app = Flask("bare", static_folder=None)
    for size in sizes:
        text = '{"Call": "' + "x" * (size - 12) + '"}'
        app.add_url_rule(
            f"/{size}",
            str(size),
            lambda text=text: Response(text, mimetype="application/json"),
            methods=["GET", "POST"],
        )
    return app


class Bare:
    """A Flask app where `Front` expects exomock: everything it answers is short."""

    def __init__(self, flask: Flask) -> None:
        self._flask = flask

    def quick(self, *_of_the_request: Any) -> None:
        """Keep nothing."""

    def is_short(self, _environ: WSGIEnvironment) -> bool:
        """Whether it is answered in the loop."""
        return True

    def answer(self, environ: WSGIEnvironment) -> Said:
        """Answer."""
        return answer_of(self._flask, environ)


def main(port: int, sizes: list[int]) -> None:
    """Serve until told to end."""
    front = Front(Bare(app(sizes)), Settings())
    listen(front, claim("127.0.0.1", port), lambda: None)


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(size) for size in sys.argv[2:]])
