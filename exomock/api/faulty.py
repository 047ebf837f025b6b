"""Faults at the door: whether a fault strikes this request, and the errors it answers with."""

from collections.abc import Mapping

from flask import Request as FlaskRequest
from flask import Response, current_app, g, request

from exomock.api.errors import rest_exception
from exomock.api.forms import ALIASES, named_parameters, sent_parameters
from exomock.api.render import WHY, header_text
from exomock.api.visit import Visit
from exomock.api.wiring import STRUCK, engine
from exomock.domain.fault import Request
from exomock.domain.flow_url import flow_of
from exomock.domain.order import Direction
from exomock.domain.script import Party, Refusal
from exomock.domain.when import Texts
from exomock.engine import World
from exomock.engine.deciding import seconds_left
from exomock.numbering import NotANumber
from exomock.parties import read_party
from exomock.storage.fence import NotOwner
from exomock.storage.trouble import DatabaseFault

Given = Mapping[str, str | list[str]]

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
    g.counted = world
    if struck is None:
        return None
    request.environ[STRUCK] = struck
    g.fault = struck.place
    if struck.left is not None and struck.answer.refusal is not None:
        g.fault = f"{struck.place}, over in {seconds_left(struck.left)}"
    refusal = struck.answer.refusal
    if refusal is None:
        return None
    if struck.answer.html:
        return _page(refusal)
    given = named_parameters(request)
    number = _number(given, _named(given, struck.party))
    message = refusal.message.replace("{number}", number or "")
    return rest_exception(refusal.status, message, refusal.code, why=message)


def _named(given: Given, party: Party) -> str:
    """The parameter whose number a refusal names; To of a flow call is no party."""
    return "To" if party is Party.TO and "Url" not in given else "From"


def explain(response: Response) -> Response:
    """Say in the answer which fault struck it, once what faults have counted is written."""
    counted = g.pop("counted", None)
    if counted is not None and counted.laid.unsaved:
        try:
            engine().faults.keep(counted)
        except NotOwner as error:
            # The count belongs to the process that owns the account now. The client is told to
            # ask again, and that process counts the request.
            return current_app.make_response(current_app.handle_user_exception(error))
        except DatabaseFault:
            pass  # it has said so in its log; the next request that counts writes it
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
    return Request(visit.method, visit.resource, parameters, _texts(named_parameters(request)))


def _texts(given: Given) -> Texts:
    """What the request offers to patterns: the same as the order that a connect makes of it."""
    url, custom_field = given.get("Url"), given.get("CustomField")
    texts = {key: _number(given, name) for key, name in _NUMBERS.items()}
    return texts | {
        "to": texts["to"] if url is None else None,
        "flow": None if url is None else flow_of(str(url)).app,
        "direction": Direction.OUTBOUND_API.value,
        "custom_field": None if custom_field is None else str(custom_field),
    }


def _number(given: Given, name: str) -> str | None:
    """A number as rules compare it; as it came if it is none."""
    text = given.get(name)
    try:
        return None if text is None else read_party(str(text)).shown
    except NotANumber:
        return str(text)
