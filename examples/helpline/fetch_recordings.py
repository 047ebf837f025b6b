"""A worker that stores recordings; run it again and again, as cron does."""

import os
from pathlib import Path

import requests


def fetch_recordings(wanted: dict[str, str], folder: Path) -> list[str]:
    """
    Store each recording that can be had, and strike it off the list.

    A recording comes some minutes after its call: until then its URL answers 404, and it stays on
    the list. So does one that came incomplete, because a file with a hole is worse than none.

    Args:
        wanted: CallSid to RecordingUrl.
        folder: Where to store them, by CallSid.

    Returns:
        The Sids of those that were stored.
    """
    stored = []
    for sid, url in list(wanted.items()):
        sound = _fetched(url)
        if sound is not None:
            (folder / f"{sid}.mp3").write_bytes(sound)
            del wanted[sid]
            stored.append(sid)
    return stored


def _fetched(url: str) -> bytes | None:
    auth = (os.environ["EXOTEL_API_KEY"], os.environ["EXOTEL_API_TOKEN"])
    try:
        answer = requests.get(url, auth=auth, timeout=30)
    except requests.RequestException:  # cut short, or not to be reached
        return None
    if answer.status_code == requests.codes.not_found:
        return None
    answer.raise_for_status()  # 401, 403: somebody must look at it
    return answer.content
