"""Flows: the applets that a call walks through, and what the customer's server makes of it."""
