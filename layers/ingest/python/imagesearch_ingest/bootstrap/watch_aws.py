"""Build the watch of a deployment on AWS, and let it look once.

Its settings are those of the function. ``WATCH_RULE_ARN``, ``WATCH_QUEUE_ARN`` and ``WATCH_RULE_DEAD_LETTERS_ARN`` are
what the template made, and ``WATCH_KEY_PREFIXES`` are the prefixes of the rule, with commas between them.
"""

import random
from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.adapters.aws.announcements import AwsAnnouncements
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.telemetry import embedded
from imagesearch_ingest.bootstrap.aws_credentials import credential_source, service_client
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.bootstrap.common import SystemClock, image_search_options
from imagesearch_ingest.bootstrap.watch import find_missing, look_and_report
from imagesearch_ingest.credentials import LearnedCredentials
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings
from imagesearch_ingest.watch.rule import Wanted, Way, read_prefixes
from imagesearch_ingest.watch.s3_way import S3Way
from imagesearch_ingest.watch.watcher import Watcher

RULE, QUEUE, DEAD_LETTERS = "WATCH_RULE_ARN", "WATCH_QUEUE_ARN", "WATCH_RULE_DEAD_LETTERS_ARN"
PREFIXES = "WATCH_KEY_PREFIXES"


def look_once(environ: Mapping[str, str], *, seconds_left: float) -> dict[str, Any]:
    """Look at the deployment, and write what was found. Return the fields of the line."""
    to_do = "Correct what the text names, then sam deploy."
    return look_and_report(environ, build_watcher, seconds_left, form=embedded, to_do=to_do)


def build_watcher(environ: Mapping[str, str], redactor: Redactor) -> Watcher:
    """Return the watcher that the environment describes. Raise ``SettingsError``."""
    settings = Settings.from_env(environ, beyond=[*faults_on_aws(environ), *find_missing(environ, RULE, QUEUE)])
    s3, events, sqs = (service_client(service, settings, environ) for service in ("s3", "events", "sqs"))
    clock, longest = SystemClock(), settings.connect_timeout_seconds + settings.bucket_timeout_seconds
    way = read_way(settings, environ)
    bucket, queue_url = str(settings.bucket), str(settings.queue_url)
    credentials = LearnedCredentials(credential_source(settings, environ, redactor), redactor)
    return Watcher(
        instance_name=settings.instance_name,
        adds_per_second=settings.adds_per_second,
        way=S3Way(way, AwsAnnouncements(s3, events, sqs, bucket=bucket, rule=way.rule, queue_url=queue_url)),
        instance=ImageSearchApi(image_search_options(settings), credentials),
        retry=Retrier(clock, random.Random(), longest),
        clock=clock,
    )


def read_way(settings: Settings, environ: Mapping[str, str]) -> Way:
    """Return the way of events that the template made."""
    prefixes = read_prefixes(environ.get(PREFIXES, ""))
    wanted = Wanted(str(settings.bucket), prefixes, takes_removals=settings.on_removed == "delete")
    return Way(wanted, environ[RULE], environ[QUEUE], environ.get(DEAD_LETTERS) or None)
