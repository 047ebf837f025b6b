"""StatusCallbacks on the wire."""
