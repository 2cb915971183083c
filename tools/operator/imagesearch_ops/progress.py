"""Tell a person how far a command is: a line that moves on a terminal, else a line now and then."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.text import Text

from imagesearch_ops import output
from imagesearch_ops.stats import get_seconds


@dataclass(slots=True)
class Tracker:
    """Show one piece of work.

    ``total`` is ``None`` as long as nobody knows it. ``known`` was done by an earlier process.
    """

    description: str
    total: int | None = None
    known: int = 0
    _bar: Progress | None = None
    _began: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108 - tests replace the name
    _last: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108 - tests replace the name

    def update(self, done: int, *, total: int | None = None, counts: Mapping[str, int] | None = None) -> None:
        """Show that ``done`` are done, and how many ended in which way."""
        if total is not None:
            self.total = total
        if self._bar is not None:
            text = f"{self.description}{_list(counts)}"
            self._bar.update(self._bar.task_ids[0], completed=done, total=self.total, description=text)
        elif get_seconds() and monotonic() - self._last >= get_seconds():
            self._last = monotonic()
            output.message(self._line(done, counts))

    def _line(self, done: int, counts: Mapping[str, int] | None) -> str:
        rate = (done - self.known) / max(0.001, monotonic() - self._began)
        of = "" if self.total is None else f" of {self.total}"
        left = f", about {(self.total - done) / rate:.0f} s left" if self.total and rate else ""
        return f"{self.description}: {done}{of}, {rate:.1f}/s{left}{_list(counts)}"


@contextmanager
def tracking(description: str, *, total: int | None = None, known: int = 0, shown: bool = True) -> Iterator[Tracker]:
    """Yield what shows the progress of the block, on standard error. It leaves no trace on a terminal."""
    if not output.messages.is_terminal:
        yield Tracker(description, total, known)
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(bar_width=20), _Count(), _Rate())
    bar = Progress(
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=output.messages,
        transient=True,
        disable=not shown,
        redirect_stdout=False,
        redirect_stderr=False,
    )
    with bar:
        bar.add_task(description, total=total, completed=known)
        yield Tracker(description, total, known, bar)


class _Count(ProgressColumn):
    """How many of how many."""

    def render(self, task: Task) -> Text:
        total = "" if task.total is None else f"/{task.total:.0f}"
        return Text(f"{task.completed:.0f}{total}")


class _Rate(ProgressColumn):
    """How many a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


def _list(counts: Mapping[str, int] | None) -> str:
    """Return the counts that are not 0."""
    return "".join(f", {count} {name}" for name, count in (counts or {}).items() if count)
