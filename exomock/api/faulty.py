"""Faults at the door: whether a fault strikes this request, and the errors it answers with."""

from flask import Request as FlaskRequest
from flask import Response, g, request

from exomock.api.errors import rest_exception
from exomock.api.forms import ALIASES, sent_parameters
from exomock.api.render import WHY, header_text
from exomock.api.visit import Visit
from exomock.api.wiring import STRUCK, engine
from exomock.domain.fault import Request
from exomock.domain.script import Refusal
from exomock.domain.when import Texts
from exomock.engine import World
from exomock.numbering import NotANumber, read_number

_NUMBERS = {"to": "To", "from_": "From", "exophone": "CallerId"}

# UNVERIFIED: what a gateway of Exotel's says; a captured page would settle it.
_PAGE = (
    "<html>\r\n<head><title>{status} {message}</title></head>\r\n<body>\r\n<center><h1>"
    "{status} {message}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
)


def strike(world: World, visit: Visit) -> Response | None:
    """
    The error that a fault answers this request with; None if none does.

    What a fault does to the right answer on its way is left in the WSGI environment.

    Args:
        world: Whose request it is.
        visit: The request.
    """
    if not world.faults:
        return None
    struck = engine().faults.strike(world, lambda: _seen(request, visit))
    if struck is None:
        return None
    request.environ[STRUCK] = struck
    g.fault = struck.place
    refusal = struck.answer.refusal
    if refusal is None:
        return None
    if struck.answer.html:
        return _page(refusal)
    number = request.args.get("To") or sent_parameters(request).get("To") or ""
    message = refusal.message.replace("{number}", _shown(number))
    return rest_exception(refusal.status, message, refusal.code)


def explain(response: Response) -> Response:
    """Say in the answer which fault struck it."""
    place = g.get("fault")
    if place is not None:
        why = f"{place}: {response.headers.get(WHY, '')}".rstrip(": ")
        response.headers[WHY] = header_text(why)
    return response


def _page(refusal: Refusal) -> Response:
    page = _PAGE.format(status=refusal.status, message=refusal.message)
    response = Response(page, refusal.status, mimetype="text/html")
    response.headers[WHY] = header_text(refusal.message)
    return response


def _seen(request: FlaskRequest, visit: Visit) -> Request:
    sent = sent_parameters(request)
    given = {**request.args.to_dict(), **sent.to_dict()}
    parameters = {ALIASES.get(name, name): value for name, value in given.items()} | given
    return Request(visit.method, visit.resource, parameters, _texts(parameters))


def _texts(parameters: Texts) -> Texts:
    texts: dict[str, str | None] = {
        key: None if (value := parameters.get(name)) is None else _shown(value)
        for key, name in _NUMBERS.items()
    }
    url = parameters.get("Url")
    texts["flow"] = url.partition("?")[0].rstrip("/").rpartition("/")[2] if url else None
    texts["direction"] = "outbound-api"
    texts["custom_field"] = parameters.get("CustomField")
    return texts


def _shown(number: str) -> str:
    try:
        return read_number(number).shown
    except NotANumber:
        return number
