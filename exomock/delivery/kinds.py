"""What is told, by kind: who makes what it says, and who hears what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from exomock.delivery.answer import MOST_READ
from exomock.delivery.body import callback_body
from exomock.delivery.message_body import message_body, received_query
from exomock.delivery.payload import Body
from exomock.delivery.post import PostResult
from exomock.domain.call import Call
from exomock.domain.callback import KIND, Notice
from exomock.domain.message import MESSAGE, RECEIVED_NOTICE, TextMessage
from exomock.engine import Due
from exomock.recording.addresses import Addresses
from exomock.storage.deliveries import Delivery
from exomock.storage.store import Store


class Message(NamedTuple):
    """
    What is said, once it is sent.

    Args:
        body: The body of a POST, None for none.
        query: Names and values that are added to the URL's query, as a GET says it.
        headers: Names and values of further headers.
        rest: As in `Means`: where the head of an answer decides.
        most: As in `Means`: bytes of an answer's body.
    """

    body: Body | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    rest: float | None = None
    most: int = MOST_READ

    def url(self, url: str) -> str:
        """Where it goes: the URL as its owner wrote it, and the query that is added."""
        if not self.query:
            return url
        parts = urlsplit(url)
        # UNVERIFIED: that the URL's own query comes first, and that brackets are encoded
        # (exotel-flows.md section 2); a raw request of a live flow would settle it.
        query = "&".join(filter(None, (parts.query, urlencode(self.query))))
        return urlunsplit(parts._replace(query=query, fragment=""))


@dataclass(frozen=True, slots=True)
class Teller:
    """
    A kind of what is told.

    Args:
        make: Makes what a delivery says, each time it is sent; None where its owner is no more.
        ended: Hears what came of each try, an answer of whatever status or none, before the try is
            recorded, with no lock held. After a kill it hears of the next try: it must bear two.
        event: What a notice is called outside.
        asks: Whether an answer is wanted: any is one, and what has failed is not tried again.
        timeout: Wall seconds that a receiver may take in all; None is the setting for callbacks.
    """

    make: Callable[[Delivery], Message | None]
    ended: Callable[[Due, PostResult], None] | None = None
    event: Callable[[str], str] = field(default=str)
    asks: bool = False
    timeout: float | None = None


Kinds = dict[str, Teller]
"""Each kind by the name that stands in the outbox."""


def kinds(store: Store, recordings: Addresses) -> Kinds:
    """The kinds there are; one more is one more entry."""
    return {
        KIND: Teller(_of_calls(store, recordings), event=lambda notice: Notice(notice).event),
        MESSAGE: Teller(_of_messages(store)),
    }


def _of_calls(store: Store, recordings: Addresses) -> Callable[[Delivery], Message | None]:
    def make(delivery: Delivery) -> Message | None:
        call = delivery.subject or store.calls.one(delivery.account, delivery.sid)
        if call is None:
            return None
        assert isinstance(call, Call)
        then = call if call.done == delivery.place else call.as_of(delivery.place)
        return Message(callback_body(then, Notice(delivery.notice), recordings))

    return make


def _of_messages(store: Store) -> Callable[[Delivery], Message | None]:
    def make(delivery: Delivery) -> Message | None:
        message = delivery.subject or store.messages.one(delivery.account, delivery.sid)
        if message is None:
            return None
        assert isinstance(message, TextMessage)
        if delivery.notice == RECEIVED_NOTICE:
            return Message(query=received_query(message))
        return Message(message_body(message.as_of(delivery.place)))

    return make
