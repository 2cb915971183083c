"""The project's rules for alarms refuse copies of the template in which an alarm is missing, silent or mistaken."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.deployment import policy_alarms
from tests.deployment.conftest import SamProcess
from tests.deployment.test_template import TEMPLATE

Resources = dict[str, Any]
OTHER_ENTRY = {"AlarmDescription": f"TICKET. Runbook: {policy_alarms.RUNBOOK}undeliveredalarm"}
LEVEL = {"MetricName": "ApproximateNumberOfMessagesVisible"}


@pytest.fixture(scope="module")
def rendered(sam_process: SamProcess) -> dict[str, Any]:
    """Return the template as SAM renders it, once: the copies below differ in alarms alone."""
    return sam_process.ask(TEMPLATE)["template"]


def without(name: str) -> Callable[[Resources], object]:
    return lambda resources: resources.pop(name)


def changed(name: str, **properties: object) -> Callable[[Resources], object]:
    """Return what changes properties of an alarm. ``None`` removes one."""

    def change(resources: Resources) -> None:
        alarm = resources[name]["Properties"]
        alarm.update(properties)
        for one in [key for key, value in properties.items() if value is None]:
            del alarm[one]

    return change


def described(name: str, old: str, new: str) -> Callable[[Resources], object]:
    def change(resources: Resources) -> None:
        alarm = resources[name]["Properties"]
        assert old in alarm["AlarmDescription"]
        alarm["AlarmDescription"] = alarm["AlarmDescription"].replace(old, new)

    return change


def share_of_all_stacks(resources: Resources) -> None:
    for query in resources["ThrottleShareAlarm"]["Properties"]["Metrics"]:
        if query["Id"] == "refused":
            query["MetricStat"]["Metric"]["Dimensions"].pop()


BREAKAGES = {
    "no entry in the runbook": (
        described("DeadLetterAlarm", "#deadletteralarm", ""),
        "DeadLetterAlarm does not name its entry",
    ),
    "the entry of another": (changed("DeadLetterAlarm", **OTHER_ENTRY), "DeadLetterAlarm does not name its entry"),
    "a long description": (
        described("DeadLetterAlarm", "TICKET. ", "TICKET. " + "word " * 200),
        "DeadLetterAlarm has a description",
    ),
    "neither page nor ticket": (
        described("OldestMessageAlarm", "TICKET. ", ""),
        "OldestMessageAlarm is neither a page nor a ticket",
    ),
    "a page that can wait": (
        described("OldestUploadAlarm", "PAGE. ", "TICKET. "),
        "OldestUploadAlarm does not notify the topic of its kind",
    ),
    "an alarm for nobody": (changed("OldestMessageAlarm", AlarmActions=None), "OldestMessageAlarm does not notify"),
    "an end that nobody hears of": (
        changed("FunctionErrorAlarm", OKActions=None),
        "FunctionErrorAlarm does not tell whom it told",
    ),
    "missing values unsaid": (
        changed("DeadLetterAlarm", TreatMissingData=None),
        "DeadLetterAlarm does not say what a missing value means",
    ),
    "an alarm for all stacks": (
        lambda resources: resources["NothingTakenAlarm"]["Properties"]["Dimensions"].pop(),
        "NothingTakenAlarm watches NothingTaken of every stack",
    ),
    "a share of all stacks": (share_of_all_stacks, "ThrottleShareAlarm watches AddCallsThrottled of every stack"),
    "too long a look back": (changed("OldestRetryAlarm", EvaluationPeriods=200), "OldestRetryAlarm looks further back"),
    "a red fortnight": (changed("DeadLetterAgeAlarm", **LEVEL), "an alarm on DeadLetterQueue stays red"),
    "uploads unwatched": (without("OldestUploadAlarm"), "how long uploads wait in Queue"),
    "a backfill unwatched": (without("OldestMessageAlarm"), "how long messages wait in Queue"),
    "retries unwatched": (without("OldestRetryAlarm"), "how long records are tried again and again"),
    "errors unwatched": (without("FunctionErrorAlarm"), "the function's errors"),
    "throttled starts unwatched": (without("ThrottledFunctionAlarm"), "whether Lambda may start the function"),
    "skipped uploads unwatched": (without("NothingTakenAlarm"), "whether the settings pass over every upload"),
    "an operator unwatched": (without("OperatorNeededAlarm"), "faults that an operator must mend"),
    "refused calls unwatched": (without("ThrottleShareAlarm"), "the share of refused calls"),
    "the rule unwatched": (without("UndeliveredAlarm"), "whether UploadRule delivers"),
    "lost events unwatched": (without("RuleDeadLetterAlarm"), "RuleDeadLetterQueue, a dead-letter queue of UploadRule"),
    "new letters unwatched": (without("DeadLetterAlarm"), "new dead letters"),
    "old letters unwatched": (without("DeadLetterAgeAlarm"), "how long letters lie in DeadLetterQueue"),
}


def test_alarms_of_the_template_keep_the_rules(rendered: dict[str, Any]) -> None:
    assert list(policy_alarms.faults(rendered)) == []


@pytest.mark.parametrize(("breakage", "because"), BREAKAGES.values(), ids=BREAKAGES)
def test_broken_alarm_is_refused(rendered: dict[str, Any], breakage: Callable, because: str) -> None:
    broken = copy.deepcopy(rendered)
    breakage(broken["Resources"])
    assert because in "\n".join(policy_alarms.faults(broken))
