"""`exomock run -- COMMAND`: an exomock, the way to it, and the command that goes it."""
