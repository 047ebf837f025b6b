"""pytest-httpserver as a process: answers what `POST /teach` laid down."""

import json
import sys
import threading

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


def main(port: int) -> None:
    """Serve until told to end."""
    server = HTTPServer("127.0.0.1", port, threaded=True)

    def teach(asked: Request) -> Response:
        for row in json.loads(asked.get_data()):
            rule = server.expect_request(row["path"], method=row["method"])
            rule.respond_with_data(row["body"], content_type="application/json")
        return Response()

    server.expect_request("/ready").respond_with_data()
    server.expect_request("/teach", method="POST").respond_with_handler(teach)
    server.start()
    threading.Event().wait()


if __name__ == "__main__":
    main(int(sys.argv[1]))
