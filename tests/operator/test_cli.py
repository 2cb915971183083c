"""How the command line ends after an error that no command expects."""

import threading
from collections.abc import Callable

import pytest

from imagesearch_ops import cli

HOSTILE = "a\x1b]0;PWNED\x07\u202e.jpg"
ESCAPED = r"a\x1b]0;PWNED\x07\u202e.jpg"


@pytest.fixture
def main(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[Callable[[], object]], tuple[object, str]]:
    """Return a function that runs ``main`` with a command of its own, and returns the exit code and the messages."""
    monkeypatch.setattr(cli, "prepare_output_streams", lambda: None)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)

    def run(command: Callable[[], object]) -> tuple[object, str]:
        monkeypatch.setattr(cli, "app", lambda **_: command())
        with pytest.raises(SystemExit) as end:
            cli.main()
        return end.value.code, capsys.readouterr().err

    return run


def fail(error: Exception) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


def test_a_bug_is_shown_without_its_escape_sequences(main) -> None:
    code, shown = main(fail(RuntimeError(HOSTILE)))
    assert code == 1
    assert shown.startswith("imagesearch-ingest: This is a bug in imagesearch-ingest. Please report it.\nTraceback")
    assert shown.endswith(f"RuntimeError: {ESCAPED}\n")


def test_a_bug_in_a_thread_is_shown_without_its_escape_sequences(main) -> None:
    def command() -> None:
        thread = threading.Thread(target=fail(RuntimeError(HOSTILE)))
        thread.start()
        thread.join()

    code, shown = main(command)
    assert code is None
    assert shown.endswith(f"RuntimeError: {ESCAPED}\n")


def test_a_recursion_ends_in_one_line(main) -> None:
    assert main(fail(RecursionError("deep"))) == (2, "imagesearch-ingest: the input is nested too deeply\n")


@pytest.mark.parametrize("code", [None, 0, 3, 7])
def test_a_commands_code_is_the_exit_code(main, code: int | None) -> None:
    assert main(lambda: code) == (code, "")
