"""Show the summary of a plan to a person."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from rich.table import Table

from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops import output
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.plan.census import sort_counts
from imagesearch_ops.plan.estimate import Share
from imagesearch_ops.plan.summary import Totals
from imagesearch_ops.terminal_text import printable

_HOURS_OF_A_DAY = 24
_UNITS = ((1_000_000_000_000, "TB"), (1_000_000_000, "GB"), (1_000_000, "MB"), (1000, "kB"), (1, "bytes"))


def print_summary(totals: Totals, place: Place) -> None:
    """Print what, why not, how long and how much, on standard output."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("about", style="bold", no_wrap=True)
    table.add_column("details", overflow="fold")
    for about, sentences in list_facts(totals, place).items():
        for number, sentence in enumerate(sentences):
            table.add_row("" if number else about, printable(sentence))
    output.print_table(table, "")
    reasons = output.new_table("reason", "objects", "details", numbers={"objects"})
    for code, number, where in list_reasons(totals):
        reasons.add_row(code, f"{number:,}", printable(f"{where}. {hint_of(code)}"))
    if reasons.row_count:
        output.print_table(reasons, "")


def list_facts(totals: Totals, place: Place) -> dict[str, list[str]]:
    """Return sentences by what a person wants to know."""
    facts = {
        "what": _what(totals, place),
        "why not": _why_not(totals),
        "how long": [f"{describe_hours(totals.hours)}: {count(totals.adds, 'add')} at {totals.describe_rate()}"],
        "how much": _how_much(totals),
        "capacity": list(_capacity(totals)),
    }
    return {about: sentences for about, sentences in facts.items() if sentences}


def _what(totals: Totals, place: Place) -> list[str]:
    census = totals.census
    taken = f"{census.eligible:,} that the rule takes, {census.skipped.total():,} skipped"
    sentences = [
        f"{place}: {count(census.listed, 'object')}, {describe_bytes(census.listed_bytes)}",
        f"{taken}, {census.rejected_by_key.total():,} rejected by their keys",
    ]
    if census.archived:
        sentences.append(f"{census.archived:,} of those that the rule takes are archived, and were not read")
    return sentences


def _why_not(totals: Totals) -> list[str]:
    if not totals.tally.known:
        return []
    sentences = [f"{describe_share(totals.rejected_share)} would be rejected; {describe_basis(totals)}"]
    if totals.changed_share is not None:
        sentences.append(f"{percent(totals.changed_share)} of the others would be changed before they are sent")
    return sentences


def _how_much(totals: Totals) -> list[str]:
    if totals.bytes_out is None:
        return []
    cost = totals.cost()
    sentences = [
        f"{describe_bytes(totals.bytes_out)} to send; {cost['lambda_gb_seconds']:,} GB-seconds of the function"
    ]
    if cost["usd"] is not None:
        sentences.append(f"about {cost['usd']:,.2f} US dollars")
    return [*sentences, f"basis: {cost['basis']}"]


def list_reasons(totals: Totals) -> Iterator[tuple[str, int, str]]:
    """Yield each reason, how many objects have it, and of which objects that was counted."""
    known, census = totals.tally, totals.census
    yield from ((code, number, "of all keys") for code, number in sort_counts(census.rejected_by_key).items())
    of_read = f"of all {known.sampled:,}" if totals.is_exact else f"of {known.sampled:,} sampled"
    for counts in (known.would_reject, known.not_read, known.would_skip):
        yield from ((code, number, of_read) for code, number in sort_counts(counts).items())
    yield from ((code, number, "of all keys, skipped") for code, number in sort_counts(census.skipped).items())


def hint_of(code: str) -> str:
    """Return what a person can do about a reason."""
    return Reason[code.upper()].hint


def describe_end(totals: Totals, path: Path) -> str:
    """Return the last line."""
    census = totals.census
    share = describe_share(totals.rejected_share)
    rejected = f"{share} would be rejected, " if totals.tally.known else ""
    taken = f"{census.listed:,} listed, {census.eligible:,} taken by the rule, "
    return printable(f"{taken}{rejected}{describe_hours(totals.hours)}. Run: {path}")


def describe_share(share: Share) -> str:
    """Return the share with its interval."""
    if share.estimate is None or share.low is None or share.high is None:
        return "an unknown share"
    if share.low == share.high:
        return percent(share.estimate)
    return f"{percent(share.estimate)} ({percent(share.low)} to {percent(share.high)})"


def describe_basis(totals: Totals) -> str:
    """Return of how many objects the shares are known. An archived object is looked at, but not read."""
    if totals.is_exact:
        return f"all {totals.tally.known:,} were looked at"
    return f"{totals.tally.known:,} were looked at; the interval holds in 95 of 100 samples"


def describe_hours(hours: float) -> str:
    """Return the time in the unit that a person would choose."""
    minutes = hours * 60
    if minutes < 1:
        return "less than a minute"
    if hours < 2:  # noqa: PLR2004 - minutes are easier to grasp up to there
        return count(round(minutes), "minute")
    return f"{hours:.1f} hours" if hours < 2 * _HOURS_OF_A_DAY else f"{hours / _HOURS_OF_A_DAY:.1f} days"


def describe_bytes(count: int) -> str:
    """Return the number of bytes in the unit that a person would choose."""
    size, unit = next((size, unit) for size, unit in _UNITS if count >= size or size == 1)
    return f"{count:,} {unit}" if size == 1 else f"{count / size:.1f} {unit}"


def percent(share: float) -> str:
    """Return the share in percent."""
    return f"{share * 100:.1f} %"


def count(number: int, noun: str) -> str:
    """Return the number with its noun."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _capacity(totals: Totals) -> Iterator[str]:
    left, expires = totals.capacity_left, totals.expires
    if left is not None:
        fits = "enough" if left >= totals.adds else "too little: enlarge the instance, or plan less"
        yield f"room for {left:,} more pictures, {fits}"
    if expires is not None:
        ends_before = (expires - datetime.now(UTC)).total_seconds() < totals.hours * 3600  # which may be centuries
        yield f"the instance expires at {expires:%Y-%m-%d}{': before the end' if ends_before else ''}"
