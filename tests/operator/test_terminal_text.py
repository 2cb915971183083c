"""Text from outside on any terminal; tests/e2e/test_cli_terminals.py runs the commands there."""

import io
import logging
import sys

import pytest
from rich.cells import cell_len

from imagesearch_ops.terminal_text import prepare_output_streams, printable, short


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain.jpg", "plain.jpg"),
        ("鞋/👟.jpg", "鞋/👟.jpg"),
        ("\x1b[31mred\n.jpg", r"\x1b[31mred\n.jpg"),
        ("x\u202egpj.exe", r"x\u202egpj.exe"),
        ("a\x7f\x9b\x85.jpg", r"a\x7f\x9b\x85.jpg"),
        ("a\u200b\u200f\u2066\ufeff\xad.jpg", r"a\u200b\u200f\u2066\ufeff\xad.jpg"),
        ("a\u2028\u2029\xa0.jpg", r"a\u2028\u2029\xa0.jpg"),
        ("a\U000e0041.jpg", r"a\U000e0041.jpg"),
        ("caf\udce9.jpg", r"caf\udce9.jpg"),
        ("caf\udcc3\udca9.jpg", "café.jpg"),
        ("\ud800.jpg", r"\ud800.jpg"),
    ],
    ids=[
        "ascii",
        "wide",
        "control",
        "right-to-left",
        "control of both sets",
        "invisible",
        "line ends",
        "tag",
        "not utf-8",
        "utf-8 kept as bytes",
        "lone surrogate",
    ],
)
def test_only_unsafe_characters_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_a_librarys_warning_is_escaped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(logging, "lastResort", logging.StreamHandler(sys.stderr))
    prepare_output_streams()
    record = logging.LogRecord("library", logging.WARNING, "file", 1, "key %s\nof %s", ("a\x1b[31m", "b\u202e"), None)
    logging.lastResort.handle(record)
    assert capsys.readouterr().err == "key a\\x1b[31m\nof b\\u202e\n"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_ascii_terminal_gets_ascii_alone(monkeypatch: pytest.MonkeyPatch, stream: str) -> None:
    monkeypatch.setattr(sys, stream, io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert printable("café 鞋") == r"caf\xe9 \u978b"
    assert short("a" * 40 + ".jpg", 10) == "...aaa.jpg"


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("a" * 32, "a" * 32),
        ("a" * 30 + "bcd", "…" + "a" * 28 + "bcd"),
        ("鞋" * 16, "鞋" * 16),
        ("鞋" * 17, "…" + "鞋" * 15),
    ],
    ids=["fits", "too long", "wide fits", "wide is too long"],
)
def test_long_key_keeps_its_end(key: str, shown: str) -> None:
    assert short(key) == shown
    assert cell_len(shown) <= 32
