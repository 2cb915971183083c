"""A function of Function Compute and its resources, with the names of fc3 for every kind of template."""

from dataclasses import dataclass, field
from typing import Any, Self

Properties = dict[str, Any]
# The keys of a function that fc3 itself uses (devsapp/fc3, src/subCommands/deploy). The API never gets them.
OF_THE_COMPONENT = {"region", "triggers", "asyncInvokeConfig", "concurrencyConfig"}


@dataclass(frozen=True)
class Deployment:
    """A deployment. Other tools create ``queues``, by name, and ``notification``, which the template only describes."""

    function: Properties
    triggers: list[Properties]
    async_config: Properties | None
    concurrency: Properties | None
    statements: list[Properties]
    region: str | None = None
    queues: dict[str, Properties] = field(default_factory=dict)
    notification: Properties | None = None
    trust: list[Properties] | None = None
    logstore: Properties | None = None

    @classmethod
    def of_serverless_devs(cls, rendered: dict[str, Any]) -> Self:
        (resource,) = rendered["resources"].values()
        props, beside = resource["props"], rendered["vars"]["beside"]
        queues = [beside[name] for name in ("queue", "deadLetterQueue") if name in beside]
        return cls(
            function={name: value for name, value in props.items() if name not in OF_THE_COMPONENT},
            triggers=props.get("triggers", []),
            async_config=props.get("asyncInvokeConfig"),
            concurrency=props.get("concurrencyConfig"),
            statements=beside["policy"]["Statement"],
            region=props.get("region"),
            queues={queue["QueueName"]: queue for queue in queues},
            notification=beside.get("notification"),
            trust=beside["trust"]["Statement"],
            logstore=beside["logstore"],
        )

    @classmethod
    def of_funcraft(cls, template: dict[str, Any]) -> Self:
        """Return the deployment of a Funcraft template, whose names begin with a capital."""
        ((_, resource),) = template["Resources"].items()
        (function,) = (value for name, value in resource.items() if name not in {"Type", "Properties"})
        service, properties = resource["Properties"], dict(function["Properties"])
        config, container = properties.pop("AsyncConfiguration", None), properties.pop("CustomContainerConfig", {})
        container = {**container, "Port": properties.pop("CAPort", None)}
        # Neither belongs to the function: CodeUri is for the tool, and LogConfig is the service's.
        properties.pop("CodeUri", None)
        log = service.get("LogConfig")
        return cls(
            function={
                **_lowered(properties),
                "environmentVariables": properties["EnvironmentVariables"],
                "customContainerConfig": _lowered(container),
                "logConfig": _lowered(log) if isinstance(log, dict) else log,
            },
            triggers=[_trigger(name, event) for name, event in function.get("Events", {}).items()],
            async_config=config and _async_config(config),
            concurrency=None,
            statements=[statement for policy in service.get("Policies", []) for statement in policy["Statement"]],
        )


def _trigger(name: str, event: Properties) -> Properties:
    properties = event["Properties"]
    return {
        "triggerName": name,
        "triggerType": event["Type"].lower(),
        "sourceArn": f"acs:oss:::{properties['BucketName']}",
        "triggerConfig": {
            "events": properties["Events"],
            "filter": {"key": _lowered(properties["Filter"]["Key"])},
        },
    }


def _async_config(config: Properties) -> Properties:
    own = {name: value for name, value in _lowered(config).items() if name != "destination"}
    onward = {name: {"destination": arn} for name, arn in _lowered(config.get("Destination", {})).items()}
    return {**own, "destinationConfig": onward}


def _lowered(properties: Properties) -> Properties:
    return {name[:1].lower() + name[1:]: value for name, value in properties.items()}
