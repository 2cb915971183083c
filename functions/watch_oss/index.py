"""Look in Function Compute whether the bucket still announces and the instance has room and time left."""

import json
import os
from typing import Any

from imagesearch_ingest.bootstrap.watch_alibaba import look_once
from imagesearch_ingest.credentials import Credentials


def handler(event: bytes, context: Any) -> str:  # noqa: ANN401, ARG001 - the timer decides nothing else
    own = Credentials.from_context(context)
    return json.dumps(look_once(os.environ, seconds_left=float(context.function.timeout), credentials=own))
