"""Requests for accounts of other processes: sent to their owner, and its answers passed on."""
