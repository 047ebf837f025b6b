"""A small proxy that leads Exotel's names to exomock, and nothing anywhere that was not said."""
