"""Judge what the queues of both clouds tell: that nothing is delivered too early, and how long the backlog takes."""

from imagesearch_ops.doctor.findings import Finding, broken, fine, unknown

DAY = 86400
TIMEOUTS = 6  # of the function, in a visibility timeout: Lambda's guide
_SHORTEST_VISIBILITY = TIMEOUTS * 15  # a function that ends after fewer seconds could not add one slow picture


def judge_visibility(seconds: int, timeout: int | None, needed: int, fix: str) -> Finding:
    """Compare with the function's timeout, if that can be seen."""
    if timeout and seconds < needed:
        return broken(f"{seconds} s, less than {TIMEOUTS} x the function's timeout of {timeout} s", fix)
    if not timeout and seconds < _SHORTEST_VISIBILITY:
        return broken(f"{seconds} s: messages come back while their pictures are being added", fix)
    if not timeout and seconds < needed:
        return unknown(f"{seconds} s; it must be {TIMEOUTS} x the function's timeout, which cannot be seen here")
    return fine(f"{seconds} s")


def judge_depth(waiting: int, rate: float, most_days: int) -> Finding:
    """Say how long the backlog takes. After more days of work, what comes last may not be added in time."""
    hours = waiting / rate / 3600
    if hours > most_days * 24:
        detail = f"{waiting} messages are {hours / 24:.0f} days of work at {rate:g} adds/s"
        return broken(detail, "Ask Alibaba Cloud for a higher AddImage rate, or announce less at a time.")
    return fine(f"{waiting} messages, {_describe_hours(hours)} of work at {rate:g} adds/s" if waiting else "empty")


def _describe_hours(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1 else "less than an hour"
