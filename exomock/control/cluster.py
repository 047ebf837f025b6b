"""The cluster: the processes that share the database, and which of them plays which account."""

from flask import Blueprint, Response
from marshmallow import fields

from exomock.control.answers import answered
from exomock.control.forms import Form, query
from exomock.control.problems import Problem
from exomock.control.siblings import cluster

bp = Blueprint("cluster", __name__)


class ClusterForm(Form):
    """Of which account alone."""

    account = fields.String(load_default=None)


@bp.get("/cluster")
def show() -> Response:
    """Show the processes that share the database, and which of them plays which account."""
    asked, here = query(ClusterForm)["account"], cluster()
    if here is None:
        raise Problem(
            404,
            "this server is one process, which plays all accounts; several share a database with "
            "--workers or on PostgreSQL",
        )
    found = here.view(asked)
    if asked is not None and not found["accounts"]:
        raise Problem(404, f"there is no account '{asked:.60}'")
    return answered(found)
