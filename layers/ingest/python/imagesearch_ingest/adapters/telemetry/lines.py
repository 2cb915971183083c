"""Write a line of metrics in the form that the log service of its cloud can read.

Both reporters, and nothing else, write metrics. Powertools makes their lines, in CloudWatch's embedded format.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

Line = dict[str, Any]
LineForm = Callable[[Line], Iterable[Line]]

METRICS_MESSAGE = "metrics"  # "start", "object" and "look" are the others


def embedded(line: Line) -> Iterator[Line]:
    """Yield the line as it is: CloudWatch reads the embedded metric format."""
    yield line


def plain(line: Line) -> Iterator[Line]:
    """Yield lines with one number for each metric, until all values of the line are written.

    Simple Log Service indexes neither lists nor what is in them (its page "Data types"), so its queries could not read
    the values. The head ``_aws`` only tells CloudWatch which fields are metrics.
    """
    names = [metric["Name"] for part in line["_aws"]["CloudWatchMetrics"] for metric in part["Metrics"]]
    dimensions = {name: value for name, value in line.items() if name not in {"_aws", *names}}
    for number in range(max(len(line[name]) for name in names)):
        values = {name: line[name][number] for name in names if number < len(line[name])}
        yield {"message": METRICS_MESSAGE} | dimensions | values
