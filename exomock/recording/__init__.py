"""Recordings that play: their sound, made from the call alone, and what can be read from it."""
