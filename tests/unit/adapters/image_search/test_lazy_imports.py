"""A deferred module is only a name until it is used. Then it is the real module."""

import sys
from pathlib import Path
from typing import Optional

import pytest

from imagesearch_ingest.adapters.image_search.lazy_imports import lazy_imports

SLOW = "slow_to_import"
USER = f"""
import {SLOW}
from {SLOW} import make, part
from typing import Optional

class Wrapper:
    def __init__(self, made: {SLOW}.Made, other: Optional[make] = None) -> None:
        self.made = made

def use():
    return make(2), {SLOW}.VALUE, part.NAME
"""


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a module that imports a slow package at its top."""
    package = tmp_path / SLOW
    package.mkdir()
    (package / "__init__.py").write_text("VALUE = 3\nclass Made: pass\ndef make(n): return n * 'made'\n")
    (package / "part.py").write_text("NAME = 'part'\n")
    (tmp_path / "its_user.py").write_text(USER)
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in (SLOW, f"{SLOW}.part", "its_user"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield "its_user"
    for name in (SLOW, f"{SLOW}.part", "its_user"):
        sys.modules.pop(name, None)


def test_a_module_is_imported_at_its_first_use(user: str) -> None:
    with lazy_imports(SLOW):
        module = __import__(user)
    assert SLOW not in sys.modules
    assert module.use() == ("mademade", 3, "part")
    assert SLOW in sys.modules


def test_later_imports_get_the_real_module(user: str) -> None:
    with lazy_imports(SLOW):
        module = __import__(user)
    real = __import__(SLOW)
    assert real.VALUE == 3
    assert isinstance(module.slow_to_import.Made(), real.Made)


def test_a_loaded_module_stays_as_it_is(user: str) -> None:
    real = __import__(SLOW)
    with lazy_imports(SLOW):
        assert __import__(user).slow_to_import is real
    assert sys.modules[SLOW] is real


def test_a_fault_within_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), lazy_imports(SLOW):
        raise ZeroDivisionError
    assert SLOW not in sys.modules


def test_a_name_serves_as_an_annotation(user: str) -> None:
    with lazy_imports(SLOW):
        assert Optional[__import__(user).make] is not None  # noqa: UP045 - as the SDK writes it, evaluated
    assert SLOW not in sys.modules


def test_a_missing_module_fails_at_its_first_use() -> None:
    with lazy_imports("not_installed_at_all"):
        import not_installed_at_all  # noqa: PLC0415 - what is tested
    with pytest.raises(ModuleNotFoundError):
        not_installed_at_all.anything()
