"""Send the events of OSS by a rule that EventBridge's control API holds, as it is at that moment."""

from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.eventbridge import EventBridgeError, EventBridgeService, Rule
from local_cloud.smq import Message, Queue
from local_cloud.triggers.event_pattern import PatternError
from local_cloud.triggers.eventbridge_rule import BUS, EventBridgeRule, RuleError


class BusRule:
    """The rule of this name on the bus ``default``. It sends nothing while it is disabled, gone, or cannot send.

    ``find_queue`` is as in ``EventBridgeRule``.
    """

    def __init__(self, bridge: EventBridgeService, name: str, find_queue: Callable[[str], Queue]) -> None:
        self._bridge, self._name, self._find_queue = bridge, name, find_queue
        self._made: tuple[Rule, EventBridgeRule | None] | None = None

    def notify(self, element: Mapping[str, Any]) -> Message | None:
        """Publish one element of a notification. Return the message that was sent, or ``None``."""
        rule = self._find()
        return rule.notify(element) if rule else None

    def _find(self) -> EventBridgeRule | None:
        try:
            now = self._bridge.rules.find(BUS, self._name)
        except EventBridgeError:
            return None
        if self._made is None or self._made[0] is not now:
            self._made = now, self._make(now)
        return self._made[1]

    def _make(self, rule: Rule) -> EventBridgeRule | None:
        try:
            return EventBridgeRule(rule.properties(), self._find_queue)
        except (PatternError, RuleError):  # somebody has changed it to what the services would not send
            return None
