"""Each rate and each share of it gets workers that keep up, and batches that end in time."""

import pytest

from tests.deployment.cloudformation import RefusedError, Stack, Template
from tests.deployment.conftest import ROOT, SamProcess

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop-a1b2c3"
SHARES = ["10", "20", "25", "30", "33", "40", "50", "60", "67", "70", "75", "80", "90", "100"]
LONGEST_BATCH_SECONDS = 250
PICTURES_OF_A_WORKER = 10  # a second


@pytest.fixture(scope="module")
def template(sam_process: SamProcess) -> Template:
    rendered: Template = sam_process.ask((ROOT / "template.yaml").read_text(encoding="utf-8"))["template"]
    return rendered


def choose(template: Template, rate: str, share: str = "100") -> tuple[int, int]:
    """Return the workers and the pictures of a batch."""
    given = {"InstanceName": "shop", "CredentialsSecretArn": SECRET}
    stack = Stack(template, **given, AddsPerSecond=rate, RateSharePercent=share)
    source = stack.properties("IngestFunctionUploads")
    workers = source["ScalingConfig"]["MaximumConcurrency"]
    variables = stack.properties("IngestFunction")["Environment"]["Variables"]
    assert variables["INGEST_ADDS_PER_SECOND"] == rate
    assert variables["INGEST_RATE_SHARE_PERCENT"] == share
    assert variables["INGEST_MAX_CONCURRENCY"] == workers
    return workers, source["BatchSize"]


@pytest.mark.parametrize("rate", range(1, 51))
def test_a_batch_ends_in_time_at_each_share(template: Template, rate: int) -> None:
    for share in SHARES:
        workers, batch = choose(template, str(rate), share)
        adds = rate * int(share) * LONGEST_BATCH_SECONDS  # in hundredths
        assert workers * batch * 100 <= adds
        assert workers * (batch + 1) * 100 > adds / 3, "a batch is needlessly small"
        assert 1 <= batch <= 10_000  # Lambda's limits
    assert workers >= 2  # Lambda's minimum
    assert workers * PICTURES_OF_A_WORKER >= rate
    assert workers <= 5


def test_the_whole_rate_has_the_longest_batches(template: Template) -> None:
    for rate in range(1, 51):
        workers, batch = choose(template, str(rate))
        assert workers * (batch + 1) / rate > LONGEST_BATCH_SECONDS


def test_the_rates_of_before_have_their_workers_and_batches(template: Template) -> None:
    chosen = {rate: choose(template, rate) for rate in ("1", "5", "10", "20", "50")}
    assert chosen == {"1": (2, 125), "5": (2, 625), "10": (2, 1250), "20": (4, 1250), "50": (5, 2500)}


def test_there_is_no_other_share(template: Template) -> None:
    assert template["Parameters"]["RateSharePercent"]["AllowedValues"] == SHARES


@pytest.mark.parametrize("rate", ["0", "51", "5.5", "05", "-1", "", "1000", "all"])
def test_other_rates_are_refused(template: Template, rate: str) -> None:
    with pytest.raises(RefusedError, match="AddsPerSecond must be a whole number from 1 to 50"):
        choose(template, rate)


def test_no_mapping_is_larger_than_cloudformation_takes(template: Template) -> None:
    """Its quota is 200 attributes for each mapping, which may count rows or values."""
    sizes = {name: sum(map(len, rows.values())) for name, rows in template["Mappings"].items()}
    assert {name: size for name, size in sizes.items() if size > 200} == {}
