"""The variables that name an exomock and its account, for any shell and any language."""


def account_variables(url: str, sid: str, key: str, token: str) -> dict[str, str]:
    """The variables that say where an exomock and its account are."""
    return {
        "EXOTEL_SID": sid,
        "EXOTEL_API_KEY": key,
        "EXOTEL_API_TOKEN": token,
        "EXOTEL_URL": url,
        "EXOMOCK_URL": url,
    }
