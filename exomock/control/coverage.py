"""Coverage: which situations the application under test has met in all accounts of a suite."""

from collections import Counter
from difflib import get_close_matches

from flask import Blueprint, Response

from exomock.api.wiring import engine
from exomock.control.answers import answered
from exomock.control.forms import Form, query, suite_id
from exomock.control.problems import Problem
from exomock.control.siblings import left_out, others
from exomock.domain.situations import Situation

bp = Blueprint("coverage", __name__)


class CoverageForm(Form):
    """Of which suite."""

    suite = suite_id(required=True)


@bp.get("/coverage")
def show() -> Response:
    """Show how often a suite's application has met each situation."""
    suite, books, elsewhere = query(CoverageForm)["suite"], engine().accounts.books, others()
    book = books.find(suite)
    if book is None and not (elsewhere and elsewhere.said):
        near = get_close_matches(suite, books.suites, n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise Problem(404, f"no account was made for the suite '{suite}'{hint}")
    counts = Counter({_name(each): n for each, n in (book.counts if book else {}).items()})
    for said in elsewhere.said if elsewhere else ():
        counts.update({(each["group"], each["name"]): each["met"] for each in said["situations"]})
    situations = [{**each.value._asdict(), "met": counts[_name(each)]} for each in Situation]
    met = sum(each["met"] > 0 for each in situations)
    data = {"suite": suite, "met": met, "of": len(situations), "situations": situations}
    return answered(data | left_out(elsewhere))


def _name(situation: Situation) -> tuple[str, str]:
    return situation.value.group, situation.value.name
