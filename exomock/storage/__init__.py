"""What is remembered: SQLAlchemy Core on SQLite, one transaction a use case."""
