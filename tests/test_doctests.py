import doctest
import pkgutil
from importlib import import_module

import pytest

import idia

MODULES = sorted(module.name for module in pkgutil.walk_packages(idia.__path__, "idia."))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_are_true(name: str) -> None:
    module = import_module(name)

    assert doctest.testmod(module).failed == 0


def test_there_are_examples_to_run() -> None:
    finder = doctest.DocTestFinder(exclude_empty=True)
    examples = [test for name in MODULES for test in finder.find(import_module(name)) if test.examples]

    assert len(examples) > 10
