"""Say what a check found. ``None`` means that it could not be seen, which is not the same as broken."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. ``fix`` is what to do, with a command or a template parameter to copy.

    With ``is_blocking``, nothing that needs this check can be seen either.
    """

    ok: bool | None
    detail: str
    fix: str | None = None
    is_blocking: bool = False
    about: str = ""  # a part of the check, such as the name of a variable


def fine(detail: str) -> Finding:
    """Return the finding that all is well."""
    return Finding(ok=True, detail=detail)


def broken(detail: str, fix: str) -> Finding:
    """Return the finding of a fault, with what mends it. Nothing that needs this check is looked at."""
    return Finding(ok=False, detail=detail, fix=fix, is_blocking=True)


def unknown(detail: str, fix: str | None = None, *, is_blocking: bool = False) -> Finding:
    """Return the finding that this could not be seen."""
    return Finding(ok=None, detail=f"unknown: {detail}", fix=fix, is_blocking=is_blocking)


class CannotSeeError(Exception):
    """End a check that cannot see what it is about."""

    def __init__(self, detail: str, fix: str | None = None) -> None:
        super().__init__(detail)
        self.fix = fix
