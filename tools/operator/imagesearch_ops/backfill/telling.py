"""Say what a backfill through the queue has done, or would do, and what to type next."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import output
from imagesearch_ops.backfill.bulk import advice
from imagesearch_ops.backfill.course import Course, Settled
from imagesearch_ops.backfill.job import Job
from imagesearch_ops.backfill.limits import MOST_WAITING, most_waiting, until_room
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.plan.text import describe_hours
from imagesearch_ops.rates import own_adds
from imagesearch_ops.run_folder import JOURNAL
from imagesearch_ops.runs import fail_if_nothing
from imagesearch_ops.terminal_text import printable

_LISTING = "listing"  # the name of the source that gives every key
_LONGEST_SECONDS = 100 * 365 * 86_400


@dataclass(slots=True)
class Ending:
    """The end of one backfill. ``began`` is where it began, and ``waiting`` about how many messages the queue holds."""

    job: Job
    course: Course
    began: Settled
    waiting: int | None = None

    @property
    def has_begun(self) -> bool:
        """Return whether anything may have been sent or counted, in this process or an earlier one."""
        return bool(self.course.settled.listed) or (self.job.folder.path / JOURNAL).exists()

    def counts(self) -> dict[str, Any]:
        """Return what the summary says at any moment."""
        settled = self.course.settled
        return {
            "url": str(self.job.place),
            "engine": str(self.job.engine),
            "dry_run": not self.job.wanted.yes,
            **settled.counts(),
            "last_key": settled.last_key or None,
            "adds_per_second": own_adds(self.job.settings),
            "waiting_about": self.waiting,
            "done_by": None,
        }

    def describe_stop(self) -> str:
        """Return the last line of a backfill that has not come to its end."""
        if not self.has_begun:
            return "Stopped: nothing was sent."
        if not self.job.wanted.yes:
            return f"Stopped: {self._describe_counts()}. It was a dry run: nothing was sent."
        return f"Stopped: {self._describe_counts()}. Go on with: {self._resume()}"

    def conclude(self, *, days: bool, objects: bool) -> None:
        """Show the counts, choose the exit code, and say what to type next. ``days`` and ``objects`` are limits."""
        waiting = self.waiting or 0
        report, rate = self.job.report, own_adds(self.job.settings)
        left = waiting if self.job.wanted.yes else waiting + self._fresh
        done_by = _in(left / rate)
        report.summary |= {"waiting_about": waiting, "done_by": done_by.isoformat(timespec="seconds")}
        exceeds_days = self.job.place.name.startswith("s3://") and left > most_waiting(rate)
        if days or (exceeds_days and not self.job.wanted.yes):
            self._stop_at_days(waiting)
        if objects and self.job.wanted.yes:
            message = f"Stopped after {self.job.wanted.max_objects:,} objects, as --max-objects says."
            report.fail(ExitCode.LIMIT, "max_objects", message)
        self._show_reasons()
        self._recommend()
        settled = self.course.settled
        fail_if_nothing(report, self._describe_source(), listed=settled.listed, eligible=settled.sent)
        text = self._describe_end(done_by, is_whole=not (days or objects))
        report.ending = lambda: text

    def _describe_source(self) -> str:
        place, name = str(self.job.place), self.job.source.name
        return place if name == _LISTING else f"{place} ({printable(name)})"

    @property
    def _fresh(self) -> int:
        """Return how many keys were sent, or would be, since this process began."""
        return self.course.settled.sent - self.began.sent

    def _stop_at_days(self, waiting: int) -> None:
        rate = own_adds(self.job.settings)
        most = most_waiting(rate)
        work = f"{MOST_WAITING.days} days of work, {most:,} objects at {self._describe_rate()}"
        message = f"Ask Alibaba Cloud for a higher AddImage rate: the queue takes {work}."
        if not self.job.wanted.yes:
            output.message(f"{message} Go on once a day with --resume, until all are sent.")
            return
        at = _in(until_room(waiting, rate))
        self.job.report.summary["resume_at"] = at.isoformat(timespec="seconds")
        message = f"{message} Go on at {at:%Y-%m-%d %H:%M} UTC, and once a day from then on."
        self.job.report.fail(ExitCode.LIMIT, "days_of_work", message)

    def _recommend(self) -> None:
        if text := advice(self.job.place, self.job.settings, self.course.settled.sent):
            output.message(text)

    def _show_reasons(self) -> None:
        settled = self.course.settled
        if self.job.report.as_json or not settled.skipped:
            return
        table = output.new_table("skipped", "objects", "example", "details", numbers={"objects"})
        for code, number in settled.counts()["skipped_by_reason"].items():
            example, hint = output.short_key(settled.examples.get(code, "")), Reason[code.upper()].hint
            table.add_row(code, f"{number:,}", example, printable(hint))
        output.print_table(table)

    def _describe_counts(self) -> str:
        settled = self.course.settled
        verb = "sent" if self.job.wanted.yes else "would be sent"
        return f"{settled.listed:,} listed, {settled.sent:,} {verb}, {settled.listed - settled.sent:,} skipped"

    def _describe_end(self, done_by: datetime, *, is_whole: bool) -> str:
        if not self.job.wanted.yes:
            return self._describe_dry_run()
        counts = self._describe_counts()
        if not is_whole:
            return f"Stopped: {counts}. Go on with: {self._resume()}"
        words = [self.job.report.run, *self.job.wanted.deployment.words()]
        output.message(f"To follow it: imagesearch-ingest backfill status {' '.join(words)}")
        return (
            f"{counts}. About {self.waiting:,} wait in the queue, done by {done_by:%Y-%m-%d %H:%M} UTC. "
            f"Run: {self.job.folder.path}"
        )

    def _describe_dry_run(self) -> str:
        if not self.course.settled.sent:
            output.message("This was a dry run: nothing was sent, and nothing would be.")
            return f"{self._describe_counts()}."
        output.message(f"This was a dry run: nothing was sent. To send: {self.job.wanted.command()}")
        rate, waiting = own_adds(self.job.settings), self.waiting or 0
        behind = f", behind about {waiting:,} that wait already" if waiting else ""
        hours = describe_hours((waiting + self._fresh) / rate / 3600)
        return f"{self._describe_counts()}. At {self._describe_rate()}{behind}: {hours}."

    def _describe_rate(self) -> str:
        settings = self.job.settings
        return f"{own_adds(settings):g} adds a second{settings.describe_share(settings.adds_per_second)}"

    def _resume(self) -> str:
        return self.job.wanted.command(resume=self.job.folder.path)


def _in(seconds: float) -> datetime:
    """Return the time in so many seconds. What takes centuries takes one."""
    return datetime.now(UTC) + timedelta(seconds=min(seconds, _LONGEST_SECONDS))
