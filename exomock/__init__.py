"""exomock: a local Exotel, for tests and for development without an account."""

__version__ = "0.1.0"
