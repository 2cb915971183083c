"""The project's rules for the rate: the shares of the quota and the batches follow from the rate and its share."""

from tests.deployment.policy import Faults, Template, find_resource, of_type

UNPACED_SECONDS = 20  # of the timeout: the start, the first and the last picture, and slow requests
RATE, SHARE = {"Ref": "AddsPerSecond"}, {"Ref": "RateSharePercent"}
WORKERS = {"Fn::FindInMap": ["ByAddsPerSecond", RATE, "MaxConcurrency"]}
BATCH = {"Fn::FindInMap": ["BatchSizes", RATE, {"Fn::FindInMap": ["ByRateShare", SHARE, "BatchSize"]}]}


def faults(template: Template) -> Faults:
    """Yield every broken rule as text."""
    for name, source in of_type(template, "AWS::Lambda::EventSourceMapping"):
        function = find_resource(template, source["FunctionName"])
        variables = function["Environment"]["Variables"]
        given = [variables.get(f"INGEST_{one}") for one in ("ADDS_PER_SECOND", "RATE_SHARE_PERCENT", "MAX_CONCURRENCY")]
        if given != [RATE, SHARE, WORKERS] or source["ScalingConfig"].get("MaximumConcurrency") != WORKERS:
            yield f"{name}: its function's shares of the quota are not those of its event source"
        if source["BatchSize"] != BATCH:
            yield f"{name}: its batches do not follow from the rate and its share"
        yield from (f"{name}: {fault}" for fault in _slow_batches(template, function["Timeout"] - UNPACED_SECONDS))


def _slow_batches(template: Template, most_seconds: float) -> Faults:
    workers, batches, tiers = (template["Mappings"][one] for one in ("ByAddsPerSecond", "BatchSizes", "ByRateShare"))
    for rate in map(str, range(1, 51)):
        if rate not in workers or rate not in batches:
            yield f"the rates have no row for {rate}"
            continue
        for share in template["Parameters"]["RateSharePercent"]["AllowedValues"]:
            in_flight = batches[rate][tiers[share]["BatchSize"]] * workers[rate]["MaxConcurrency"]
            if in_flight / (float(rate) * float(share) / 100) > most_seconds:
                yield f"a batch at {share} % of {rate} a second cannot finish before the timeout"
