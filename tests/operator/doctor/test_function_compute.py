"""A function of Function Compute, named with --function: its state, its trigger and its settings."""

import json

import pytest

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.doctor import sources
from imagesearch_ops.doctor.checks import function_compute

# As s.yaml deploys it, in the form of the API's models.
TRIGGER = {
    "triggerEnable": True,
    "eventSourceConfig": {
        "eventSourceType": "MNS",
        "eventSourceParameters": {"sourceMNSParameters": {"RegionId": "cn-shanghai", "QueueName": "ingest"}},
    },
    "eventSinkConfig": {"deliveryOption": {"eventSchema": "CloudEvents", "concurrency": 2}},
    "runOptions": {
        "mode": "event-streaming",
        "errorsTolerance": "NONE",
        "retryStrategy": {"PushRetryStrategy": "EXPONENTIAL_DECAY_RETRY"},
        "batchWindow": {"CountBasedWindow": 200, "TimeBasedWindow": 1},
    },
}
FUNCTION = {"functionName": "ingest", "state": "Active", "lastUpdateStatus": "Successful", "timeout": 120}
CODE = IngestError(Reason.CREDENTIALS, "reading the function failed: AccessDenied", service_code="AccessDenied")


@pytest.fixture
def deployed(alibaba, diagnose, monkeypatch):
    """Return a function that examines what Function Compute says."""

    def examine(function: dict | None = None, trigger: dict | None = None, *, count: int = 1, refuse: bool = False):
        environ = alibaba.environ() | {"INGEST_BUCKET": "pictures"}
        variables = {name: text for name, text in environ.items() if name.startswith("INGEST_")}

        def read(text: str, _environ: object) -> dict[str, str]:
            assert text == "cn-shanghai/ingest"
            if refuse:
                raise CODE
            return variables | {"FC_REGION": "cn-shanghai"}

        def call(_patient: object, host: str, version: str, action: str, path: str) -> dict:
            assert (host, version) == ("fcv3.cn-shanghai.aliyuncs.com", "2023-03-30")
            if action == "GetFunction":
                assert path == "/functions/ingest"
                return FUNCTION | (function or {})
            assert (action, path) == ("ListTriggers", "/functions/ingest/triggers")
            config = json.dumps(TRIGGER | (trigger or {}))
            return {"triggers": [{"triggerType": "eventbridge", "triggerConfig": config}] * count}

        monkeypatch.setattr(sources, "read_function", read)
        for module in (sources, function_compute):
            monkeypatch.setattr(module, "call_roa", call)
        shell = {name: text for name, text in environ.items() if not name.startswith(("INGEST_", "FC_"))}
        return diagnose(shell, function="cn-shanghai/ingest")

    return examine


def test_a_healthy_function_has_nothing_broken(deployed) -> None:
    found = deployed()
    assert (found.code, found.broken) == (0, set())
    assert found["function.batches"]["detail"] == "200 messages take 80 s of 120 s"
    assert found["queue.visibility"]["detail"] == "720 s"


@pytest.mark.parametrize(
    ("function", "trigger", "check", "said"),
    [
        ({"state": "Failed", "stateReason": "no layer"}, {}, "function.state", "state is Failed: no layer"),
        ({"timeout": 300}, {}, "function.timeout", "abandons"),
        ({"timeout": 60}, {}, "function.batches", "takes 80 s"),
        ({}, {"triggerEnable": False}, "function.source", "disabled"),
        ({}, {"eventSourceConfig": {}}, "function.source", "no trigger"),
        (
            {},
            {"eventSinkConfig": {"deliveryOption": {"concurrency": 9}}},
            "function.concurrency",
            "INGEST_MAX_CONCURRENCY is 2",
        ),
        ({}, {"runOptions": {"errorsTolerance": "ALL"}}, "function.source", "discarded"),
        (
            {},
            {"runOptions": {"retryStrategy": {"PushRetryStrategy": "BACKOFF_RETRY"}}},
            "function.source",
            "BACKOFF_RETRY stops the stream",
        ),
    ],
)
def test_a_wrong_function_or_trigger(deployed, function: dict, trigger: dict, check: str, said: str) -> None:
    found = deployed(function, trigger)
    assert check in found.broken
    assert found.broken <= {check, "queue.visibility"}
    assert said in found[check]["detail"]
    assert found[check]["fix"]


def test_a_visibility_timeout_below_six_times_the_functions(deployed) -> None:
    found = deployed({"timeout": 200})
    assert found.broken == {"queue.visibility"}
    assert "VisibilityTimeout of the queue ingest to 1200" in found["queue.visibility"]["fix"]


def test_a_function_that_may_not_be_seen_is_unknown(deployed) -> None:
    found = deployed(refuse=True)
    assert (found.code, found.broken) == (0, set())
    assert "fc:GetFunction" in found["settings.valid"]["detail"]
    assert found["function.state"]["ok"] is None
    assert found["bucket.exists"]["detail"] == "unknown: needs settings.valid"
    assert found["queue.exists"]["detail"] == "unknown: the URL of the queue is not known"
