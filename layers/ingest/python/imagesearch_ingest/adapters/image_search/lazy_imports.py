"""Defer imports until they are used.

A module that an SDK imports at its top, but that this library's calls never use, then costs nothing.

Within ``with lazy_imports("aiohttp"):`` both ``import aiohttp`` and ``from aiohttp import ClientSession`` bind a
placeholder. It imports the real module when it is called or asked for an attribute. A placeholder can be neither a base
class nor the second argument of ``isinstance``. Python 3.15 has a keyword for this (PEP 810; ADR 17).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any


class _Module(ModuleType):
    """Stand for a module whose import is deferred. A kept reference returns the real module's attributes later."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        if name.startswith("__"):  # the import system's own questions
            raise AttributeError(name)
        return _Name(self.__name__, name) if sys.modules.get(self.__name__) is self else _real(self.__name__, name)


class _Name:
    """Stand for an attribute of a module whose import is deferred."""

    def __init__(self, module: str, name: str) -> None:
        self._module_and_name = module, name

    def __call__(self, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the real one takes
        return _real(*self._module_and_name)(*arguments, **named)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the real one has
        if name.startswith("__"):  # as those that typing asks of an annotation
            raise AttributeError(name)
        return getattr(_real(*self._module_and_name), name)


@contextmanager
def lazy_imports(*modules: str) -> Iterator[None]:
    """Bind placeholders for these modules within the ``with`` block, except for modules that are loaded already."""
    stand_ins = {name: _Module(name) for name in modules if name not in sys.modules}
    sys.modules.update(stand_ins)
    try:
        yield
    finally:
        for name, stand_in in stand_ins.items():
            if sys.modules.get(name) is stand_in:
                del sys.modules[name]


def _real(module: str, name: str) -> Any:  # noqa: ANN401 - whatever it is
    found = import_module(module)
    return getattr(found, name) if hasattr(found, name) else import_module(f"{module}.{name}")
