"""A call as a test that reproduces it: for pytest, and for Node's own test runner."""

from exomock.retelling.as_node_test import as_node_test
from exomock.retelling.as_pytest import as_pytest
from exomock.retelling.retold import Retold, retold

__all__ = ["Retold", "as_node_test", "as_pytest", "retold"]
