"""Build the watch of a deployment on Alibaba Cloud, and let it look once.

Its settings are those of the function. ``WATCH_RULE_ARN`` and ``WATCH_QUEUE_ARN`` are what the template made, and
``WATCH_KEY_PREFIXES`` are the prefixes of the rule, with commas between them.
"""

import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from imagesearch_ingest.adapters.alibaba.announcements import AlibabaAnnouncements
from imagesearch_ingest.adapters.alibaba.eventbridge import EventBridgeRules
from imagesearch_ingest.adapters.alibaba.smq import SmqQueue
from imagesearch_ingest.adapters.alibaba.smq_address import SmqAddress
from imagesearch_ingest.adapters.image_search.api import ImageSearchApi, runtime_options
from imagesearch_ingest.adapters.telemetry import plain
from imagesearch_ingest.bootstrap.alibaba_clients import build_bucket_client, build_queue
from imagesearch_ingest.bootstrap.alibaba_settings import REGION, faults_on_alibaba
from imagesearch_ingest.bootstrap.common import SystemClock, image_search_options
from imagesearch_ingest.bootstrap.watch import find_missing, look_and_report
from imagesearch_ingest.credentials import (
    Credentials,
    CredentialSource,
    EnvironmentCredentials,
    InvocationCredentials,
    LearnedCredentials,
)
from imagesearch_ingest.model.errors import SettingsError
from imagesearch_ingest.pacing.retry import Retrier
from imagesearch_ingest.redaction import Redactor
from imagesearch_ingest.settings import Settings
from imagesearch_ingest.watch.oss_rule import OssRoute, read_route
from imagesearch_ingest.watch.oss_way import OssWay
from imagesearch_ingest.watch.watcher import Watcher

RULE, QUEUE, PREFIXES = "WATCH_RULE_ARN", "WATCH_QUEUE_ARN", "WATCH_KEY_PREFIXES"


def look_once(
    environ: Mapping[str, str], *, seconds_left: float, credentials: Credentials | None = None
) -> dict[str, Any]:
    """Look at the deployment, and write what was found. Return the fields of the line.

    ``credentials`` is the invocation's own key, if it has one.
    """
    with InvocationCredentials(EnvironmentCredentials(environ)).use(credentials):
        return look_and_report(environ, build_watcher, seconds_left, plain)


def build_watcher(environ: Mapping[str, str], redactor: Redactor) -> Watcher:
    """Return the watcher that the environment describes. Raise ``SettingsError``."""
    faults = [*faults_on_alibaba(environ), *find_missing(environ, RULE, QUEUE)]
    settings = Settings.from_env(environ, beyond=faults)
    clock, longest = SystemClock(), settings.connect_timeout_seconds + settings.bucket_timeout_seconds
    credentials = LearnedCredentials(InvocationCredentials(EnvironmentCredentials(environ)), redactor)
    route = find_route(settings, environ)
    return Watcher(
        instance_name=settings.instance_name,
        adds_per_second=settings.adds_per_second,
        way=OssWay(route, _build_announcements(settings, environ[REGION], credentials, route)),
        instance=ImageSearchApi(image_search_options(settings), credentials),
        retry=Retrier(clock, random.Random(), longest),
        clock=clock,
    )


def _build_announcements(
    settings: Settings, region: str, credentials: CredentialSource, route: OssRoute
) -> AlibabaAnnouncements:
    bucket = build_bucket_client(settings, region, credentials)
    rules = EventBridgeRules(region, credentials, runtime_options(image_search_options(settings)))
    queue = build_queue(SmqQueue, str(settings.queue_url), settings, credentials)
    return AlibabaAnnouncements(bucket, rules, queue, route)


def find_route(settings: Settings, environ: Mapping[str, str]) -> OssRoute:
    """Return the route of events that the template made. Raise ``SettingsError`` for an ARN that is none."""
    removals = settings.on_removed == "delete"
    rule, queue, prefixes = environ[RULE], environ[QUEUE], environ.get(PREFIXES, "")
    try:
        route = read_route(rule, queue, str(settings.bucket), prefixes, takes_removals=removals)
    except ValueError as error:
        raise SettingsError(f"{RULE} or {QUEUE} is wrong: {error}") from None
    return replace(route, dead_letters=SmqAddress.parse(settings.dead_letter_queue_url).name)
