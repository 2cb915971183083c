"""The picture of the terminal shows what a terminal shows."""

import sys

import pytest

from documentation.terminal import draw_terminal, read_screen, run_on_terminal


@pytest.mark.parametrize(
    ("sent", "seen"),
    [
        ("one\r\ntwo\r\n", ["one", "two", ""]),
        ("\x1b[?25l0 %\r\x1b[2K50 %\r\x1b[2K\x1b[?25hdone\n", ["done", ""]),
        ("kept\nfirst\nsecond\r\x1b[2K\x1b[1A\x1b[2Kdone", ["kept", "done", ""]),
        ("\x1b[32mgreen\x1b[0m", ["\x1b[32mgreen\x1b[0m"]),
    ],
)
def test_bars_of_progress_leave_no_trace(sent: str, seen: list[str]) -> None:
    assert read_screen(sent) == seen


def test_a_command_runs_on_a_terminal_of_the_given_width() -> None:
    program = "import os, sys; print(sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size().columns)"
    assert run_on_terminal([sys.executable, "-c", program], {}, 77).split() == ["True", "True", "77"]


def test_hostile_text_stays_text() -> None:
    svg = draw_terminal(["\x1b[32m<script>&"], "title", 20)
    assert "&lt;script&gt;&amp;" in svg
    assert "<script>" not in svg
