"""Every refusal of v1, a row each: status, Exotel's text where one is known, and its code."""

from enum import Enum
from typing import NamedTuple

from exomock.domain.script import Refusal

# The DND text's link is quoted whole in public clients.
_DND = (
    "Call to [{number}] can not be made because of TRAI NDNC regulations. Read more about this "
    "here: http://support.exotel.in/support/solutions/articles/35421-what-kind-of-calls-can-i-make-"
    "to-people-who-have-registered-in-the-ncpr-and-to-people-who-have-not"
)
_KYC = (
    "Your account is not yet KYC compliant. This is mandatory by TRAI guidelines to connect "
    "outbound voice calls."
)
_PARAMETERS = "Bad or missing parameters"
_INVALID = "Invalid Call Parameters: Invalid '{parameter}' specified"
_UNAUTHORIZED = "Unauthorized; "
_NOTHING = "No matching results"


class RejectionRow(NamedTuple):
    """
    What a refusal answers with.

    Args:
        when: When v1 refuses so; no two rows say the same.
        status: HTTP status.
        message: Exotel's text, on which clients branch; `{name}` stands for what differs. None
            where nobody knows one: our own sentence stands there.
        code: Exotel's code, None where it has none.
    """

    when: str
    status: int
    message: str | None = None
    code: int | None = None


class Rejection(Enum):
    """
    All refusals there are. `tests/laws/test_refusals.py` provokes each.

    Source:
        exotel-v1.md section 7: a text or a code that stands here is C or V, those of DATES,
        DIRECTION and the two 401s are c. Statuses below 500 without a text are ? but for 400.
    """

    MISSING = RejectionRow("a mandatory parameter of a connect is missing", 400, _PARAMETERS, 34001)
    UNREADABLE = RejectionRow("a parameter of a connect cannot be read", 400, _INVALID)
    FLOW_EVENTS = RejectionRow(
        "StatusCallbackEvents stands beside the Url of a flow", 400, _INVALID
    )
    EXOPHONE = RejectionRow(
        "CallerId is not an ExoPhone of the account",
        400,
        "Could not find the CallerId from which this call can be made",
    )
    # UNVERIFIED: that this code's other text stands here too; a captured answer would settle it.
    ODD_CREDENTIALS = RejectionRow("a key or token is no plain text", 400, _PARAMETERS, 34001)
    BODY = RejectionRow("a body is no form", 400)
    CUT_OFF = RejectionRow("a body is cut off, or cannot be unpacked", 400)
    DIRECTIVE = RejectionRow("a directive in CustomField cannot be read", 400)
    DATES = RejectionRow("a list is filtered by StartTime or EndTime", 400, "Invalid parameter")
    DIRECTION = RejectionRow(
        "a list is filtered by an unknown Direction",
        400,
        "valid values for Direction are inbound,outbound-dial,outbound-api",
    )
    FILTER = RejectionRow("another filter of a list cannot be read", 400)
    WINDOW = RejectionRow("a list reaches beyond what is searched", 400)
    PARAMETER = RejectionRow("a parameter of another resource cannot be read", 400)
    WHITELIST = RejectionRow("a whitelist's numbers cannot be read", 400, _PARAMETERS, 34001)
    RENTED = RejectionRow("an ExoPhone is rented that the account has", 400)
    NOT_INDIAN = RejectionRow("a foreign number is looked up", 400)
    VERSION = RejectionRow("another version of the API is asked for", 400)
    NO_CREDENTIALS = RejectionRow("credentials are missing", 401, _UNAUTHORIZED)
    SIGNED_URL = RejectionRow("the signed URL of a recording was changed, or has expired", 403)
    RECORDING = RejectionRow("a recording is not there, or not yet", 404, _NOTHING)
    WRONG_CREDENTIALS = RejectionRow("credentials are wrong", 401, _UNAUTHORIZED, 34010)
    # UNVERIFIED: its text; a connect of an account whose credit is used up would settle it.
    MONEY = RejectionRow("an account's money is used up", 402, "Insufficient balance")
    # UNVERIFIED: the texts of 403 (foreign credentials), 405 and 413; captured answers would
    # settle them.
    FOREIGN_CREDENTIALS = RejectionRow(
        "credentials are another account's",
        403,
        "These credentials belong to another account",
        34009,
    )
    DND = RejectionRow("a number is on the do-not-disturb list", 403, _DND)
    KYC = RejectionRow("an account without KYC places a call", 403, _KYC, 340030)
    PAGE = RejectionRow("a foreign web page asks", 403)
    HOST = RejectionRow("the Host header names another machine", 403)
    CALL = RejectionRow("a call is not there", 404, _NOTHING)
    NO_EXOPHONE = RejectionRow("an ExoPhone is not there", 404, _NOTHING)
    PATH = RejectionRow("a path leads nowhere", 404, _NOTHING)
    ACCOUNT = RejectionRow("an account was deleted meanwhile", 404, _NOTHING)
    METHOD = RejectionRow("a path has no such method", 405)
    STOPPED = RejectionRow("a body stopped coming", 408)
    TOO_LONG = RejectionRow("a body is over the limit", 413)
    RATE = RejectionRow("an account places too many calls", 429, "Too Many Requests")
    DATABASE = RejectionRow(
        "our database failed", 500, "exomock's database failed; X-Exomock-Why and the log say why"
    )
    BUG = RejectionRow(
        "our own fault", 500, "exomock could not answer this request; its log says why"
    )
    ABSENT = RejectionRow(
        "a known part is not imitated", 501, "exomock does not imitate {part} yet"
    )
    # Source of the codes of messages: exotel-v1.md section 12 (V). UNVERIFIED: their texts, which
    # captured answers would settle. Where none stands here, the Message is our own sentence.
    SMS_BODY = RejectionRow("Body of a message is missing", 400, None, 40200)
    SMS_MESSAGES = RejectionRow("Messages of a bulksend are missing", 400, None, 40201)
    SMS_LONG_BODY = RejectionRow("Body of a message is invalid", 400, None, 40202)
    SMS_TO = RejectionRow("no To of a message is a number", 400, None, 40203)
    SMS_TYPE = RejectionRow("SmsType is no known word", 400, None, 40204)
    SMS_EMPTY_FROM = RejectionRow("From of a message is empty", 400, None, 40205)
    # UNVERIFIED: that an unknown sender is 40206, which stands for "From against SmsType"; a live
    # message from a sender that the account does not have would settle it.
    SMS_SENDER = RejectionRow("From is no sender of a strict account", 400, None, 40206)
    SMS_ENCODING = RejectionRow("EncodingType is no known word", 400, None, 40209)
    SMS_FROM = RejectionRow("From of a message is missing", 400, None, 40210)
    SMS_MANY_MESSAGES = RejectionRow("a bulksend has over 100 messages", 400, None, 40400)
    SMS_MANY_NUMBERS = RejectionRow("a message has over 100 To", 400, None, 40406)
    SMS_PARAMETER = RejectionRow("another parameter of a message cannot be read", 400)
    SMS_TRIAL = RejectionRow(
        "a trial account sends a promotional message", 403,
        "Promotional messages are not allowed on a trial account", 40000,
    )  # fmt: skip
    SMS_KYC = RejectionRow(
        "an account without KYC sends a message", 403, "Your account is not yet KYC compliant",
        340030,
    )  # fmt: skip
    SMS_MONEY = RejectionRow(
        "an account has no money for a message", 403, "Insufficient balance", 40001
    )
    SMS_INACTIVE = RejectionRow(
        "an inactive account sends a message", 403, "Account is inactive", 40002
    )
    SMS_COUNTRY = RejectionRow(
        "a message goes to a country that is not served", 403,
        "Messages to this country are not allowed", 40003,
    )  # fmt: skip
    SMS_METHOD = RejectionRow("a message is sent by another method", 405, None, 40502)
    SMS_RATE = RejectionRow("an account sends too many messages", 429, "Too Many Requests", 40402)
    SMS_BUG = RejectionRow("the service fails at a message", 500, "Internal Server Error", 35000)
    SMS_UNAVAILABLE = RejectionRow(
        "the service takes no messages", 503, "Service Unavailable", 40405
    )
    MESSAGE = RejectionRow("a message is not there", 404, _NOTHING)
    UNAVAILABLE = RejectionRow("the service is in trouble", 503, "Service Unavailable; ", 35008)
    BOUND = RejectionRow("a bound of our settings is reached", 503)
    ELSEWHERE = RejectionRow("another process plays the account, or nobody just now", 503)

    @property
    def status(self) -> int:
        """HTTP status."""
        return self.value.status

    @property
    def code(self) -> int | None:
        """Exotel's code, None where it has none."""
        return self.value.code

    def message(self, ours: str, **fill: str) -> str:
        """
        The Message of an answer.

        Args:
            ours: What we say of it; stands there where nobody knows Exotel's text.
            fill: What stands for the names in Exotel's text.
        """
        text = self.value.message
        return ours if text is None else text.format(**fill) if fill else text

    def refusal(self, **fill: str) -> Refusal:
        """The same for an order that is refused, where a scenario or a limit asks for it."""
        return Refusal(self.status, self.message("", **fill), self.code)


ON_THE_LIST = Rejection.DND.refusal()
"""A party is on the do-not-disturb list."""

REFUSALS: dict[str, Refusal] = {
    "dnd": ON_THE_LIST,
    "kyc": Rejection.KYC.refusal(),
    "rate-limited": Rejection.RATE.refusal(),
    "service-unavailable": Rejection.UNAVAILABLE.refusal(),
    "unauthorized": Rejection.WRONG_CREDENTIALS.refusal(),
}
"""The names that scenarios use."""

NOT_YOURS = Rejection.EXOPHONE.refusal()
NO_MONEY = Rejection.MONEY.refusal()
FLOW_EVENTS = Rejection.FLOW_EVENTS.refusal(parameter="StatusCallbackEvents")

MESSAGE_REFUSALS: dict[str, Refusal] = {
    "trial": Rejection.SMS_TRIAL.refusal(),
    "kyc": Rejection.SMS_KYC.refusal(),
    "no-balance": Rejection.SMS_MONEY.refusal(),
    "inactive": Rejection.SMS_INACTIVE.refusal(),
    "country": Rejection.SMS_COUNTRY.refusal(),
    "rate-limited": Rejection.SMS_RATE.refusal(),
    "server-error": Rejection.SMS_BUG.refusal(),
    "service-unavailable": Rejection.SMS_UNAVAILABLE.refusal(),
    "unauthorized": Rejection.WRONG_CREDENTIALS.refusal(),
}
"""The names that scenarios use for messages."""
