"""What the pytest plugin is made of; it needs the standard library and the client alone."""
