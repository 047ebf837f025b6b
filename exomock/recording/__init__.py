"""Recordings that play: their sound, made from the call alone, and what can be read from it."""

from exomock.recording.audio import heard_in
from exomock.recording.hearing import HeardRecording
from exomock.recording.wav import NotAudio

__all__ = ["HeardRecording", "NotAudio", "heard_in"]
