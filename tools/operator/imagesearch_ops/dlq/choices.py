"""Name the choices that options offer. Nothing slow is imported here, so that ``--help`` is quick."""

from enum import StrEnum


class By(StrEnum):
    """What a group has in common. ``prefix`` is the first folder in which the keys differ."""

    REASON = "reason"
    CLASS = "class"
    PREFIX = "prefix"
    DAY = "day"
    RUN = "run"


class Which(StrEnum):
    """Which dead-letter queues are read: the function's, that of the EventBridge rule, or both."""

    BOTH = "both"
    LETTERS = "letters"
    RULE = "rule"
