"""The ends of a forward that has no answer."""


class NotForwarded(Exception):
    """
    There is no answer of the owner to pass on; its message says why, and what was done.

    Args:
        why: For the client's developer.
        result: How it is counted: `unreachable`, `died` or `busy`.
    """

    def __init__(self, why: str, result: str) -> None:
        super().__init__(why)
        self.result = result


class Moved(Exception):
    """The process that was asked plays the account no more, and has done nothing."""


class ClientGone(Exception):
    """The client did not wait for its answer."""


class OwnerGone(Exception):
    """The lease of the process that was asked is over."""
