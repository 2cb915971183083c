"""Static pages: single files to read, without scripts, that ask for nothing. They share one look, ``base.html``."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from imagesearch_ops.terminal_text import printable

TO_SECONDS = len("2026-01-02T03:04:05")
_TO_MINUTES = len("2026-01-02T03:04")


def render(template: str, **values: object) -> bytes:
    """Return the page in UTF-8. Every value is escaped."""
    environment = Environment(
        loader=PackageLoader("imagesearch_ops.pages", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = lambda value: printable("" if value is None else str(value))
    environment.filters["utc"] = lambda value: f"{cut_time(str(value), _TO_MINUTES)} UTC"
    return environment.get_template(template).render(values).encode("utf-8", "backslashreplace")


def cut_time(time: str, length: int) -> str:
    """Return an ISO time up to seconds or minutes, for people."""
    return printable(time[:length].replace("T", " "))
