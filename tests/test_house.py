"""The house rule of size: docs/design.md "The house"."""

import ast
from statistics import median

from test_architecture import MODULES

FILE, CLASS, FUNCTION = 300, 15, 30
"""Lines of a file, methods of a class, and lines of a function: the most of each."""

LONGER, MIDDLE = 3, 5
"""How many functions may be longer, and how many lines the middle one of all has."""

_FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef


def lines_of(function):
    """The lines of a function with its signature; decorators and the docstring do not count."""
    first = function.body[0]
    documented = ast.get_docstring(function) is not None
    said = first.end_lineno - first.lineno + 1 if documented else 0
    return function.end_lineno - function.lineno + 1 - said


def methods_of(cls):
    """How many functions stand in a class: properties and overloads as well."""
    return sum(isinstance(each, _FUNCTIONS) for each in cls.body)


def long_files(modules):
    """Files that are too long, with their lines."""
    lengths = {str(each.where): len(each.lines) for each in modules}
    return {where: found for where, found in lengths.items() if found > FILE}


def large_classes(modules):
    """Classes with too many methods, and how many these are."""
    found = {
        (str(module.where), node.name): methods_of(node)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    }
    return {which: methods for which, methods in found.items() if methods > CLASS}


def functions(modules):
    """Each function of the package with its lines, also those in classes and functions."""
    return {
        (str(module.where), node.name, node.lineno): lines_of(node)
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, _FUNCTIONS)
    }


class TestSize:
    def test_no_file_is_longer_than_300_lines(self):
        """A file is one idea."""
        assert {} == long_files(MODULES)

    def test_no_class_has_more_than_15_methods(self):
        """In one that has more there is a second idea."""
        assert {} == large_classes(MODULES)

    def test_at_most_three_functions_are_longer_than_30_lines(self):
        """A function does one thing; those of other files count as well."""
        found = {which: lines for which, lines in functions(MODULES).items() if lines > FUNCTION}

        assert LONGER >= len(found), found

    def test_half_of_the_functions_have_at_most_five_lines(self):
        """Most have a signature, a few statements, and a docstring that does not count."""
        assert MIDDLE >= median(functions(MODULES).values())


class TestCounting:
    def test_of_a_function_leaves_out_its_docstring_and_decorators(self):
        """Five lines of eight: two of the signature, a comment, an empty line and a statement."""
        text = '@cache\ndef one(\n):\n    """Say\n    so."""\n    # why\n\n    return 1\n'

        assert 5 == lines_of(ast.parse(text).body[0])

    def test_of_a_class_counts_properties_and_leaves_out_functions_in_methods(self):
        """Two methods, of which one is a property and one has a function of its own."""
        text = (
            "class One:\n"
            "    @property\n    def a(self): ...\n"
            "    async def b(self):\n        def c(): ...\n"
        )

        assert 2 == methods_of(ast.parse(text).body[0])
