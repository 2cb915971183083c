"""Hold prices, with their source and date. They are list prices without free tiers, taxes and discounts."""

from dataclasses import dataclass

from imagesearch_ops.errors import InputError


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one of each."""

    region: str
    date: str
    source: str
    bucket_read: float  # GET and HEAD
    bucket_list: float
    egress_gb: float
    lambda_gb_second: float
    lambda_request: float
    queue_request: float

    def describe(self) -> str:
        return f"list prices of {self.region} as of {self.date} ({self.source}), without free tiers"


# S3 Standard: GET and all other requests 0.0004 per 1,000, LIST 0.005 per 1,000. Data transfer out to the internet, the
# first 10 TB a month. Lambda on Arm. SQS: 0.40 per million requests, and 0.10 for the message groups of fair queues.
_US_EAST_1 = Prices(
    region="us-east-1",
    date="2026-03-14",
    source="aws.amazon.com/s3/pricing, /lambda/pricing, /sqs/pricing",
    bucket_read=0.0004 / 1000,
    bucket_list=0.005 / 1000,
    egress_gb=0.09,
    lambda_gb_second=0.0000133334,
    lambda_request=0.20 / 1_000_000,
    queue_request=0.50 / 1_000_000,
)
_TABLES = {table.region: table for table in (_US_EAST_1,)}


def find_prices(region: str) -> Prices:
    """Return the prices of a region. Raise ``InputError`` for a region without a table."""
    if region not in _TABLES:
        raise InputError(f"--prices {region}: there are prices of {', '.join(_TABLES)} only")
    return _TABLES[region]
