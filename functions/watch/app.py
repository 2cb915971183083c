"""Look in AWS Lambda whether the bucket still announces and the instance has room and time left."""

import os
from typing import Any

from imagesearch_ingest.bootstrap.watch_aws import look_once


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001 - the schedule decides nothing else
    return look_once(os.environ, seconds_left=context.get_remaining_time_in_millis() / 1000)
