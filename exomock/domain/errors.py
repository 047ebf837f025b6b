"""Errors of the exchange in its own words; the edge gives them HTTP numbers."""


class DomainError(Exception):
    """Something the caller asked for cannot be; its message is one sentence for a human."""


class IllegalTransition(DomainError):
    """A plan says that something happens which the leg's state does not allow: our bug."""


class CallNotFound(DomainError):
    """
    No call of this account has that Sid.

    Args:
        sid: What was asked for.
    """

    def __init__(self, sid: str) -> None:
        super().__init__("No matching results")
        self.sid = sid


class MessageNotFound(DomainError):
    """
    No message of this account has that Sid.

    Args:
        sid: What was asked for.
    """

    def __init__(self, sid: str) -> None:
        super().__init__("No matching results")
        self.sid = sid


class ExoPhoneNotFound(DomainError):
    """
    The account has no such ExoPhone.

    Args:
        name: The Sid or the number that was asked for.
    """

    def __init__(self, name: str) -> None:
        super().__init__("No matching results")
        self.name = name


class NotAnExoPhone(DomainError):
    """
    A number is to be whitelisted for one that is no ExoPhone of the account.

    Args:
        number: As Exotel writes it.
        known: The account's ExoPhones, as Exotel writes them.
    """

    def __init__(self, number: str, known: str) -> None:
        super().__init__(
            f"VirtualNumber: {number} is no ExoPhone of this account, which has {known}"
        )


class ExoPhoneRented(DomainError):
    """
    The account has the ExoPhone that it wants to rent.

    Args:
        number: As Exotel writes it.
    """

    def __init__(self, number: str) -> None:
        super().__init__(f"PhoneNumber: this account has {number} already; PUT changes it")


class AccountGone(DomainError):
    """
    The account was deleted while something was asked of it, or never was.

    Args:
        sid: Its Sid.
    """

    def __init__(self, sid: str) -> None:
        super().__init__(f"there is no account '{sid}'")
        self.sid = sid


class TimeIsMoving(DomainError):
    """
    Somebody else moves the account's time, and did so for longer than one waits.

    Args:
        sid: The account's Sid.
    """

    def __init__(self, sid: str) -> None:
        super().__init__(
            f"the time of account '{sid}' cannot be moved: another advance, or a callback on the "
            "wire, does not end; an advance from inside a callback handler waits for itself"
        )


class TimeRunsForward(DomainError):
    """Time was to go back while there are calls."""


class NotOnTheLine(DomainError):
    """A party cannot hang up: the call has ended, or it is not on the line yet."""


class PhoneCannot(DomainError):
    """A telephone cannot do now what a person wants; its message says where the call is."""


class NoQuestion(DomainError):
    """Nothing is asked about a call, or it went on without a reply at the deadline."""


class NotGathering(DomainError):
    """Keys are pressed, and no applet takes them; its message says where the call is."""


class DirectiveWrong(DomainError):
    """A directive in CustomField that cannot be read; its message says what was expected."""


class BoundReached(DomainError):
    """A bound of the settings was reached; its message names the setting."""


class CallRefused(DomainError):
    """
    The exchange refuses to place the call (do-not-disturb, KYC, …).

    Args:
        status: The HTTP status the scenario names, 400-599.
        message: Exotel's text.
        code: Exotel's code, None where it has none.
        by: What decided it.
    """

    def __init__(self, status: int, message: str, code: int | None, by: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.by = by


class NotIndian(DomainError):
    """
    A number that is in no Indian numbering plan has no circle.

    Args:
        number: As the client wrote it.
    """

    def __init__(self, number: str) -> None:
        super().__init__(
            f"Number: '{number}' is not an Indian number: expected 10 digits, or with 0, 91 or +91 "
            "before them (landlines with their STD code)"
        )


class WindowRefused(DomainError):
    """
    A DateCreated filter outside what the service searches.

    Args:
        rule: What was expected.
    """

    def __init__(self, rule: str) -> None:
        super().__init__(f"DateCreated: {rule}")
