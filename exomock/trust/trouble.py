"""What can be wrong with certificates and the files they are kept in."""


class CannotTrust(Exception):
    """A certificate, a bundle or an authority cannot be used; its message is one line."""
