"""What the laws share with other tests."""

from serve.conftest import serve

__all__ = ["serve"]
