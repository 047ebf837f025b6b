"""The refusals Exotel is known for, by the names scenarios use."""

from exomock.domain.script import Refusal

# Source: exotel-v1.md section 7 (C/V). The DND text's link is quoted whole in public clients.
_DND = (
    "Call to [{number}] can not be made because of TRAI NDNC regulations. Read more about this "
    "here: http://support.exotel.in/support/solutions/articles/35421-what-kind-of-calls-can-i-make-"
    "to-people-who-have-registered-in-the-ncpr-and-to-people-who-have-not"
)
_KYC = (
    "Your account is not yet KYC compliant. This is mandatory by TRAI guidelines to connect "
    "outbound voice calls."
)

ON_THE_LIST = Refusal(403, _DND)
"""A party is on the do-not-disturb list."""

REFUSALS: dict[str, Refusal] = {
    "dnd": ON_THE_LIST,
    "kyc": Refusal(403, _KYC, 340030),
    "rate-limited": Refusal(429, "Too Many Requests"),
    "service-unavailable": Refusal(503, "Service Unavailable; ", 35008),
    # UNVERIFIED: the text of a 401 is unknown; a captured answer would settle it.
    "unauthorized": Refusal(401, "Unauthorized", 34010),
}

# UNVERIFIED: status, text and code of both; an order with a foreign CallerId, and one of an account
# whose credit is used up (402: exotel-v1.md section 7), would settle them.
NOT_YOURS = Refusal(400, "CallerId: the number is not an ExoPhone of this account")
NO_MONEY = Refusal(402, "Insufficient balance")
