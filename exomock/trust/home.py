"""The folder in which a user's data of exomock is kept."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def data_folder(environ: Mapping[str, str]) -> Path:
    """
    The user's data folder of exomock; it need not be there yet.

    Args:
        environ: `XDG_DATA_HOME` decides on every system where it is set.
    """
    said = environ.get("XDG_DATA_HOME") or environ.get("LOCALAPPDATA")
    if said:
        return Path(said, "exomock")
    usual = ("Library", "Application Support") if sys.platform == "darwin" else (".local", "share")
    return Path(os.path.expanduser("~"), *usual, "exomock")  # noqa: PTH111 - a home there is none of
