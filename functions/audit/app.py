"""Audit the bucket and the index in AWS Lambda, as EventBridge Scheduler says."""

import os
from typing import Any

from imagesearch_ops.audit.scheduled import audit_on_schedule


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ANN401, ARG001 - the schedule decides nothing else
    return audit_on_schedule(os.environ, seconds_left=context.get_remaining_time_in_millis() / 1000)
