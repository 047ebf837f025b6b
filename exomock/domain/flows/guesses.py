"""What the contract leaves open of a flow, in named constants; docs/fidelity.md lists them."""

from exomock.domain.clock import SECOND

# UNVERIFIED: how fast a text is spoken; a recorded call to a live flow would settle it.
CHARACTERS = 15
"""Characters that are spoken in a second."""

LEAST_SPOKEN = SECOND
"""A text takes at least so long, microseconds."""

# UNVERIFIED: what is played of a file that cannot be read, and for how long; a live Greeting whose
# file answers 404 would settle it.
AUDIO = 5 * SECOND
"""
How long an audio file plays whose length is not known, microseconds; ours. Source: issue 12.

It is known where the file was fetched and read, as `Lasts` says.
"""

FILES = 100
"""Audio files that are fetched for a call; ours, because each is a question to somebody."""

FIRST_KEY = SECOND // 2
"""From the end of a prompt to the caller's first key, and between keys; ours."""

# UNVERIFIED: whether an unanswered request holds the caller for all of its 5 s (section 2, C).
TIMEOUT_TAKES = 5 * SECOND
"""Account time that a question takes which nobody answers in time, microseconds."""

# UNVERIFIED: what is played for an unknown app id, and for how long (section 1, c).
ERROR_MESSAGE = 5 * SECOND
"""How long the message about an unknown app id is, microseconds."""

# UNVERIFIED: the longest voicemail (section 3); recording one on a live account would settle it.
LONGEST_MESSAGE = 180 * SECOND
"""Microseconds."""

STEPS = 100
"""Steps of a call; ours, so that a `goto` loop ends (section 8)."""

RING, LONGEST_RING = 30, 60
"""Seconds an agent rings, by default and at most. Source: section 3 (c)."""

TALK, LONGEST_TALK = 900, 4500
"""Seconds of a conversation, by default and at most. Source: section 3 (c)."""

# UNVERIFIED: 5 (c) or 10 (c); a dynamic answer with 11 on a live account would settle it.
TOGETHER = 10
"""How many agents may ring at once. Source: sections 3 and 7."""

# UNVERIFIED: how many numbers an answer may hold.
MOST_NUMBERS = 100
"""Numbers of one answer."""

KEYS, INPUT_TIMEOUT, FINISH = 255, 5, "#"
"""Keys, seconds and the finish key of a Gather by default. Source: section 3 (V)."""

LONGEST_BODY = 65_536
"""Characters of a body that are read; ours (issue 12)."""

# UNVERIFIED: which exit a sync Passthru takes for statuses other than 200 and 302.
OTHER_2XX_IS_FIRST = True
"""Whether a 2xx other than 200 takes exit 200. Source: section 3 (?)."""

# UNVERIFIED: whether anything runs after the caller has left in a Menu or Gather (section 5, ?).
LEAVING_A_PROMPT_ENDS = True
"""Whether the flow ends with the caller there, because none of the exits is right."""

# UNVERIFIED: whether the pop-up URL is told that an agent's telephone rings (section 3, V).
TELLS_RINGING = False
"""Whether there is an event `Ringing` beside `Dial`."""
