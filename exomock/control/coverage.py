"""Coverage: which situations the application under test has met in all accounts of a suite."""

from difflib import get_close_matches

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered
from exomock.control.forms import Form, query, suite_id
from exomock.control.problems import Problem
from exomock.domain.situations import Situation

bp = Blueprint("coverage", __name__)


class CoverageForm(Form):
    """Of which suite."""

    suite = suite_id(required=True)


@bp.get("/coverage")
def show() -> Response:
    """Show how often a suite's application has met each situation."""
    suite, books = query(CoverageForm)["suite"], engine().accounts.books
    book = books.find(suite)
    if book is None:
        near = get_close_matches(suite, books.suites, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise Problem(404, f"no account was made for the suite '{suite}'{hint}")
    counts = book.counts
    situations = [{**each.value._asdict(), "met": counts.get(each, 0)} for each in Situation]
    return answered(
        {"suite": suite, "met": len(counts), "of": len(situations), "situations": situations}
    )
