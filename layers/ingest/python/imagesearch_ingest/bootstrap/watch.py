"""Build the watch of a deployment on AWS, and let it look once.

Its settings are those of the function. ``WATCH_RULE_ARN``, ``WATCH_QUEUE_ARN`` and ``WATCH_RULE_DEAD_LETTERS_ARN`` are
what the template made, and ``WATCH_KEY_PREFIXES`` are the prefixes of the rule, with commas between them.
"""

import random
from collections.abc import Mapping
from typing import Any

from imagesearch_ingest.adapters.aws.announcements import AwsAnnouncements
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi
from imagesearch_ingest.adapters.watch_reporter import PowertoolsWatchReporter
from imagesearch_ingest.bootstrap.aws_credentials import credential_source, service_client
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.bootstrap.common import SystemClock, image_search_options
from imagesearch_ingest.credentials import LearnedCredentials
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings, given_settings, variable
from imagesearch_ingest.watch.findings import Finding, Kind
from imagesearch_ingest.watch.look import Look
from imagesearch_ingest.watch.rule import Wanted, Way, read_prefixes
from imagesearch_ingest.watch.watcher import Watcher

RULE, QUEUE, DEAD_LETTERS = "WATCH_RULE_ARN", "WATCH_QUEUE_ARN", "WATCH_RULE_DEAD_LETTERS_ARN"
PREFIXES = "WATCH_KEY_PREFIXES"
_SPARE_SECONDS = 10.0  # of the function's time, in which what was found is written


def look_once(environ: Mapping[str, str], *, seconds_left: float) -> dict[str, Any]:
    """Look at the deployment, and write what was found. Return the fields of the line.

    Invalid settings are a look that has failed, so that an alarm tells of them.
    """
    redactor = Redactor.from_environment(environ)
    stack = given_settings(environ).get("stack_name") or str(Settings.model_fields["stack_name"].default)
    try:
        look = build_watcher(environ, redactor).look(seconds_left - _SPARE_SECONDS)
    except SettingsError as error:
        look = Look(findings=(Finding(Kind.UNSEEN, str(error), "Correct what the text names, then sam deploy."),))
    return PowertoolsWatchReporter(redactor, stack=stack).looked(look)


def build_watcher(environ: Mapping[str, str], redactor: Redactor) -> Watcher:
    """Return the watcher that the environment describes. Raise ``SettingsError``."""
    settings = Settings.from_env(environ, beyond=[*faults_on_aws(environ), *_missing(environ)])
    s3, events, sqs = (service_client(service, settings, environ) for service in ("s3", "events", "sqs"))
    clock, longest = SystemClock(), settings.connect_timeout_seconds + settings.bucket_timeout_seconds
    way = read_way(settings, environ)
    bucket, queue_url = str(settings.bucket), str(settings.queue_url)
    credentials = LearnedCredentials(credential_source(settings, environ, redactor), redactor)
    return Watcher(
        instance_name=settings.instance_name,
        adds_per_second=settings.adds_per_second,
        way=way,
        instance=ImageSearchApi(image_search_options(settings), credentials),
        announcements=AwsAnnouncements(s3, events, sqs, bucket=bucket, rule=way.rule, queue_url=queue_url),
        retry=Retrier(clock, random.Random(), longest),
        clock=clock,
    )


def read_way(settings: Settings, environ: Mapping[str, str]) -> Way:
    """Return the way of events that the template made."""
    prefixes = read_prefixes(environ.get(PREFIXES, ""))
    wanted = Wanted(str(settings.bucket), prefixes, takes_removals=settings.on_removed == "delete")
    return Way(wanted, environ[RULE], environ[QUEUE], environ.get(DEAD_LETTERS) or None)


def _missing(environ: Mapping[str, str]) -> list[str]:
    """Return one line for each variable without which nothing can be watched."""
    given = given_settings(environ)
    names = [name for name in (RULE, QUEUE) if not environ.get(name)]
    names += [variable(field) for field in ("bucket", "queue_url") if field not in given]
    return [f"{name} is not set, so the announcements cannot be watched." for name in names]
