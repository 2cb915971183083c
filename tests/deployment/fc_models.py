"""Find names that Function Compute's API (2023-03-30) does not know: its models drop them.

fc3's own schema accepts every misspelt name, and any configuration of a trigger (devsapp/fc3, src/schema.json: no
``additionalProperties``, and ``triggerConfig`` may be IOtsConfig, an object of any kind).
"""

from collections.abc import Iterator
from typing import Any

from alibabacloud_fc20230330 import models

from tests.deployment.fc_deployment import Deployment

TRIGGERS = {"eventbridge": models.EventBridgeTriggerConfig, "oss": models.OSSTriggerConfig}
# Properties that fc3 rewrites: a folder becomes an upload, an object JSON text. It also replaces "auto".
REWRITTEN = {"code", "triggerConfig"}


def unknown(deployment: Deployment) -> list[str]:
    """Return the paths of all names that the API does not know."""
    return [
        *_lost("function", deployment.function, models.CreateFunctionInput),
        *_lost("asyncInvokeConfig", deployment.async_config or {}, models.PutAsyncInvokeConfigInput),
        *_lost("concurrencyConfig", deployment.concurrency or {}, models.PutConcurrencyInput),
        *(path for trigger in deployment.triggers for path in _of_trigger(trigger)),
    ]


def _of_trigger(trigger: dict[str, Any]) -> Iterator[str]:
    yield from _lost("trigger", trigger, models.CreateTriggerInput)
    model = TRIGGERS.get(trigger.get("triggerType", ""))
    if model:
        yield from _lost("triggerConfig", trigger.get("triggerConfig", {}), model)
    else:
        yield f"trigger.triggerType: {trigger.get('triggerType')}"


def _lost(name: str, given: dict[str, Any], model: type) -> Iterator[str]:
    sent = {key: value for key, value in given.items() if key not in REWRITTEN and str(value).lower() != "auto"}
    yield from _missing(name, sent, model().from_map(sent).to_map())


def _missing(path: str, given: Any, kept: Any) -> Iterator[str]:
    match given, kept:
        case dict(), dict():
            for key, value in given.items():
                if key not in kept:
                    yield f"{path}.{key}"
                else:
                    yield from _missing(f"{path}.{key}", value, kept[key])
        case list(), list():
            for number, (one, other) in enumerate(zip(given, kept, strict=True)):
                yield from _missing(f"{path}[{number}]", one, other)
