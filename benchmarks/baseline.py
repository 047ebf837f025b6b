"""What exomock is measured against: a bare Flask view, under the very server that exomock has."""

import sys
from typing import Any

from flask import Flask, Response

from exomock import serving
from exomock.settings import SETTINGS, Settings


def load(serving_: serving.Serving) -> Any:
    """An app with one static rule for each size; its answer is one constant JSON text."""
    app = Flask("bare", static_folder=None)
    for size in serving_.scenarios:
        text = '{"Call": "' + "x" * (int(size) - 12) + '"}'
        app.add_url_rule(
            f"/{size}",
            size,
            lambda text=text: Response(text, mimetype="application/json"),
            methods=["GET", "POST"],
        )
    return app


def main(port: int, sizes: list[str]) -> None:
    """Serve until told to end."""
    # `serve` makes Granian with exomock's settings and hands it `load`: ours, and nothing is
    # written down twice.
    serving.load = load
    threads = int(next(setting.default for setting in SETTINGS if setting.name == "threads"))
    serving.serve(
        serving.Serving(
            "127.0.0.1",
            port,
            Settings(),
            tuple(sizes),
            "",
            False,
            (),
            0,
            "",
            None,
            threads,
            "info",
            False,
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
