"""A function of Function Compute and its resources, with the names of fc3 for every kind of template."""

from dataclasses import dataclass, field
from typing import Any, Self

from tests.deployment.cloudformation import RefusedError
from tests.deployment.ros.stack import Stack

Properties = dict[str, Any]
FUNCTION, TRIGGER = "ALIYUN::FC3::Function", "ALIYUN::FC3::Trigger"
# The keys of a function that fc3 itself uses (devsapp/fc3, src/subCommands/deploy). The API never gets them.
OF_THE_COMPONENT = {"region", "triggers", "asyncInvokeConfig", "concurrencyConfig"}


@dataclass(frozen=True)
class Deployment:
    """A deployment. For a template of Serverless Devs, the stack makes all but the function and its triggers."""

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
    def of_stack(cls, stack: Stack) -> Self:
        """Return the deployment of template.ros.yaml, whose names begin with a capital."""
        function = _own(stack, FUNCTION, "FunctionName")
        triggers = [one for one in stack.of_type(TRIGGER).values() if one["FunctionName"] == function["FunctionName"]]
        return cls(
            function=named_as_the_api(function),
            # The name of the function is in the path of the API's request.
            triggers=[_lowered({key: one[key] for key in one if key != "FunctionName"}) for one in triggers],
            async_config=None,
            concurrency=None,
            **_around(stack),
        )

    @classmethod
    def of_serverless_devs(cls, rendered: dict[str, Any], stack: Stack) -> Self:
        """Return the deployment of a template of Serverless Devs on top of a stack without a function."""
        (resource,) = rendered["resources"].values()
        props = resource["props"]
        return cls(
            function={name: value for name, value in props.items() if name not in OF_THE_COMPONENT},
            triggers=props.get("triggers", []),
            async_config=props.get("asyncInvokeConfig"),
            concurrency=props.get("concurrencyConfig"),
            **_around(stack) | {"region": props.get("region")},
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


def named_as_the_api(properties: Properties) -> Properties:
    """Return a function of ROS with the API's names, which begin with a small letter."""
    nested = ("Code", "LogConfig", "VpcConfig")
    return {
        **_lowered(properties),
        **{name[:1].lower() + name[1:]: _lowered(properties[name]) for name in nested if name in properties},
    }


def _own(stack: Stack, kind: str, key: str) -> Properties:
    """Return the one resource of a type that has the name of the stack."""
    for one in stack.of_type(kind).values():
        if one[key] == stack.name:
            return one
    raise RefusedError(f"no {kind} has the name of the stack as its {key}: {stack.name}")


def _around(stack: Stack) -> dict[str, Any]:
    """Return what a stack makes around the function, as the arguments of a deployment."""
    rules = stack.of_type("ALIYUN::EventBridge::Rule")
    role = _own(stack, "ALIYUN::RAM::Role", "RoleName")
    store = next(iter(stack.of_type("ALIYUN::SLS::Logstore").values()), {})
    return {
        "statements": [found for one in role["Policies"] for found in one["PolicyDocument"]["Statement"]],
        "region": stack.region,
        "queues": {one["QueueName"]: one for one in stack.of_type("ALIYUN::MNS::Queue").values()},
        "notification": next((_announcement(rule) for rule in rules.values()), None),
        "trust": role["AssumeRolePolicyDocument"]["Statement"],
        "logstore": {"logstoreName": store.get("LogstoreName"), "ttl": store.get("TTL")},
    }


def _announcement(rule: Properties) -> Properties:
    """Return a rule of EventBridge in the form of SMQ's notifications, which announce the same events."""
    pattern, target = rule["FilterPattern"], rule["Targets"][0]
    return {
        "EventTypes": [name.removeprefix("oss:") for name in pattern.get("type", [])],
        "MatchRules": [[{"MatchState": True, "Prefix": one.get("prefix", "")}] for one in pattern.get("subject", [{}])],
        "Endpoint": {"EndpointType": "queue", "EndpointValue": target["Endpoint"].rpartition("/")[2]},
    }


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
