"""The limits of Function Compute for the properties that this project uses.

Sources: fc3's schema (devsapp/fc3, src/schema.json), which is copied here so that no network is needed, and Function
Compute's documentation: "Limits", "Instance types and specifications".
"""

from collections.abc import Iterator

from tests.deployment.fc_deployment import Properties

RUNTIMES = {"python3.9", "python3.10", "python3.12", "custom.debian11", "custom.debian12", "custom-container"}
REGIONS = {"cn-hangzhou", "cn-shanghai", "cn-qingdao", "cn-beijing", "cn-zhangjiakou", "cn-huhehaote", "cn-shenzhen"}
REGIONS |= {"cn-chengdu", "cn-hongkong", "ap-northeast-1", "ap-northeast-2", "ap-southeast-1", "ap-southeast-3"}
REGIONS |= {"ap-southeast-5", "ap-southeast-7", "eu-central-1", "eu-west-1", "us-east-1", "us-west-1", "me-central-1"}
DISKS = {512, 10240}
MOST_LAYERS = 5
ENVIRONMENT_BYTES = 4096
# Property, minimum, maximum, step.
RANGES = [
    ("memorySize", 128, 32768, 64),
    ("cpu", 0.05, 16, 0.05),
    ("timeout", 1, 86400, 1),
    ("instanceConcurrency", 1, 100, 1),
]
ASYNC_RANGES = [("maxAsyncRetryAttempts", 0, 8, 1), ("maxAsyncEventAgeInSeconds", 1, 604800, 1)]
RESERVED = ("FC_", "ALIBABA_CLOUD_", "accessKey", "securityToken", "topic")


def faults(function: Properties) -> Iterator[str]:
    runtime = function.get("runtime")
    if runtime not in RUNTIMES:
        yield f"runtime {runtime} is not a Python runtime of Function Compute"
    if not function.get("handler"):
        yield "there is no handler"
    yield from out_of_range(function, RANGES)
    if function.get("diskSize", 512) not in DISKS:
        yield "diskSize is neither 512 nor 10240"
    if "cpu" in function and not function["cpu"] <= function.get("memorySize", 0) / 1024 <= 4 * function["cpu"]:
        yield "cpu to GB of memory is not between 1:1 and 1:4"
    if "instanceConcurrency" in function and not str(runtime).startswith("custom"):
        yield "instanceConcurrency is only for custom runtimes"
    if len(function.get("layers", [])) > MOST_LAYERS:
        yield f"there are more than {MOST_LAYERS} layers"
    yield from _environment(function.get("environmentVariables", {}))


def out_of_range(given: Properties, ranges: list[tuple[str, float, float, float]]) -> Iterator[str]:
    for name, least, most, step in ranges:
        value = given.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield f"{name} is not a number"
        elif not least <= value <= most:
            yield f"{name} is not between {least} and {most}"
        elif round(value / step, 6) % 1:
            yield f"{name} is not a multiple of {step}"


def _environment(variables: dict[str, object]) -> Iterator[str]:
    yield from (f"{name} is not text" for name, value in variables.items() if not isinstance(value, str))
    yield from (f"{name} is a reserved name" for name in variables if name.startswith(RESERVED))
    if sum(len(f"{name}{value}".encode()) for name, value in variables.items()) > ENVIRONMENT_BYTES:
        yield f"the environment has more than {ENVIRONMENT_BYTES} bytes"
