"""Name the engines of ``backfill``."""

from enum import StrEnum


class EngineName(StrEnum):
    """What does the work: the deployed function, this process, or the service's batch import."""

    AUTO = "auto"
    QUEUE = "queue"
    DIRECT = "direct"
    BULK = "bulk"
