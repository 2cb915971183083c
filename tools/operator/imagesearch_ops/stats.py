"""Keep how often a command prints its progress where there is no terminal. ``--stats`` sets it."""

DEFAULT_SECONDS = 30.0
_seconds = DEFAULT_SECONDS


def set_seconds(seconds: float) -> float:
    """Set the interval in seconds; 0 prints nothing. Return it, as typer's callbacks do."""
    global _seconds  # noqa: PLW0603 - one process runs one command
    _seconds = seconds
    return seconds


def get_seconds() -> float:
    """Return the interval in seconds."""
    return _seconds
