"""The project's rules for the mappings of template.ros.yaml: workers and batches that fit the rate."""

from collections.abc import Iterator
from typing import Any

Faults = Iterator[str]
SECONDS_OF_A_BATCH = 80  # of the function's 120
ADDS_OF_A_WORKER = 10  # a second, as it prepares them
SHARES = {"Full": 100, "Half": 50, "Quarter": 25, "Tenth": 10}


def faults(template: dict[str, Any]) -> Faults:
    """Yield the rates whose batches would take too long, or whose workers are too few."""
    for adds in range(1, 51):
        path, row = f"Mappings.ByAddsPerSecond.{adds}", template["Mappings"]["ByAddsPerSecond"].get(str(adds))
        if row is None or any(type(value) is not int or value < 1 for value in row.values()):
            yield f"{path} must have whole numbers: {row}"
            continue
        if adds > ADDS_OF_A_WORKER * row["MaxConcurrency"]:
            yield f"{path}.MaxConcurrency is too small: a worker adds {ADDS_OF_A_WORKER} a second"
        for column, percent in SHARES.items():
            most = SECONDS_OF_A_BATCH * adds * percent // (100 * row["MaxConcurrency"])
            if row[column] > most:
                yield f"{path}.{column} takes longer than {SECONDS_OF_A_BATCH} s: {row[column]}, at most {most}"
    for percent, row in template["Mappings"]["ByRateShare"].items():
        if SHARES.get(row["BatchSize"], 101) > int(percent):
            yield f"Mappings.ByRateShare.{percent} has the batches of a larger share: {row['BatchSize']}"
