"""What a test does to calls that are under way."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from exomock.client.deciding import Deciding
from exomock.client.lists import sid_of
from exomock.client.records import Call, Callback

FROM, EXOPHONE = "09811100001", "08047112233"
"""Who calls, and by which ExoPhone, unless a test says so."""


class Steering(Deciding):
    """An account whose calls are steered, one by one."""

    def inbound(self, from_: str = FROM, exophone: str = EXOPHONE, **words: Any) -> Call:
        """
        Let somebody call an ExoPhone.

        Args:
            from_: Who calls.
            exophone: Which.
            words: `status_callback`, those of a rule, as `leg2="busy"`, and `replies`: answers to
                the first questions of its flow, as `[302]`.

        Raises:
            ValueError: A word is wrong.
        """
        asked = {"from": from_, "exophone": exophone} | words
        return Call.of(self.control("POST", "/calls", asked))

    def hangup(self, call: Call | str, by: str = "from") -> Call:
        """
        Let a party hang up now.

        Args:
            call: Of which call.
            by: "from" or "to".

        Raises:
            ControlError: That party is not on the line.
        """
        return self._of_call(call, "hangup", {"by": by})

    def reply(
        self,
        call: Call | str,
        status: int = 200,
        body: str | Mapping[str, Any] | Sequence[Any] = "",
        content_type: str | None = None,
    ) -> Call:
        """
        Answer what a call's flow asks, in place of your server.

        The question that is open is answered, else the next one that the call asks.

        Args:
            call: Which call.
            status: HTTP status, 200 to 599.
            body: A text, or what is written as JSON.
            content_type: Its media type; None is the one that the step expects.

        Raises:
            ControlError: The call has ended, or is in no flow.
        """
        asked = {"status": status, "body": body, "content_type": content_type}
        return self._of_call(call, "reply", asked)

    def press(self, call: Call | str, digits: str) -> Call:
        """
        Press keys in the Gather or Menu in which a call is now.

        Args:
            call: Which call.
            digits: The keys, as "42#".

        Raises:
            ControlError: The call gathers no keys now; it says where the call is.
        """
        return self._of_call(call, "press", {"digits": digits})

    def phone(self, call: Call | str, who: str, does: str) -> Call:
        """
        Do what a person does with a telephone of a call, now.

        Args:
            call: Of which call.
            who: Whose telephone: "from" or "to".
            does: "answer", "reject", "no_answer" or "hangup".

        Raises:
            ControlError: That telephone cannot do it now; the text says where the call is.
        """
        path = f"/calls/{quote(str(sid_of(call)), safe='')}/phone"
        return Call.of(self.control("POST", path, {"who": who, "does": does}))

    def _of_call(self, call: Call | str, what: str, asked: Mapping[str, Any]) -> Call:
        path = f"/calls/{quote(str(sid_of(call)), safe='')}/{what}"
        return Call.of(self.control("POST", path, asked))

    def replay(self, callback: Callback | int) -> Callback:
        """Send a callback again, once, now; returns it with what came of that."""
        number = callback.id if isinstance(callback, Callback) else callback
        return Callback.of(self.control("POST", f"/callbacks/{number}/replay", timeout=90))
