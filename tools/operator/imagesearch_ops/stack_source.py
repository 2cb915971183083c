"""Read a CloudFormation stack of this project: its queues, and the variables of its function."""

from collections.abc import Mapping
from typing import Any

from imagesearch_ingest import __version__
from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.codes import COMMON
from imagesearch_ingest.adapters.aws.errors import translate_errors
from imagesearch_ingest.images.policy import PREPARATION
from imagesearch_ingest.model.codes import CREDENTIALS, SETTINGS, CodeTable
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import PREFIX
from imagesearch_ops import output
from imagesearch_ops.errors import InputError

_CODES: CodeTable = {
    **COMMON,
    "AccessDenied": CREDENTIALS,
    "AccessDeniedException": CREDENTIALS,
    "ResourceNotFoundException": SETTINGS,
    "ValidationError": SETTINGS,
}


def read_stack(stack: str, environ: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str | None], tuple[str, ...]]:
    """Return the function's variables, the URLs of the queues, and the prefixes of the rule, of a stack."""
    found = describe_stack(aws_client("cloudformation", environ), stack)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
    function = outputs.get("FunctionName")
    if not function:
        raise InputError(f"the stack {stack} has no output FunctionName: it is no stack of this project's template")
    environment = describe_function(function, stack, environ).get("Environment", {})
    if "Error" in environment:
        raise IngestError(Reason.CREDENTIALS, f"the variables of the function {function} cannot be decrypted")
    variables = {name: value for name, value in environment.get("Variables", {}).items() if name.startswith(PREFIX)}
    _warn_of_release(stack, outputs)
    urls = {
        "letters": outputs.get("DeadLetterQueueUrl"),
        "rule": outputs.get("RuleDeadLetterQueueUrl"),
        "ingest": outputs.get("QueueUrl"),
    }
    given = {one["ParameterKey"]: one.get("ParameterValue", "") for one in found.get("Parameters", [])}
    return variables, urls, tuple(filter(None, given.get("KeyPrefix", "").split(",")))


def _warn_of_release(stack: str, outputs: Mapping[str, str]) -> None:
    """Warn of a stack of another release. Raise ``InputError`` if that one prepares pictures in another way."""
    release, preparation = outputs.get("Release", __version__), outputs.get("Preparation", str(PREPARATION))
    if preparation != str(PREPARATION):
        raise InputError(
            f"the stack {stack} has release {release}, which prepares pictures in another way than this tool "
            f"({__version__}). Use the tool of the same release."
        )
    if release != __version__:
        output.message(f"The stack {stack} has release {release}, and this tool is {__version__}.")


def describe_function(function: str, stack: str, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return Lambda's description of the function of a stack. Raise ``IngestError``."""
    found: dict[str, Any] = _call(
        f"reading the function {function} of the stack {stack}",
        lambda: aws_client("lambda", environ).get_function_configuration(FunctionName=function),
    )
    return found


def describe_stack(client: Any, stack: str) -> dict[str, Any]:  # noqa: ANN401 - botocore's clients are made at run time
    """Return CloudFormation's description of a stack. Raise ``InputError`` if there is none, and ``IngestError``."""
    try:
        answer = _call(f"reading the stack {stack}", lambda: client.describe_stacks(StackName=stack))
    except IngestError as error:
        if error.service_code == "ValidationError":  # the only answer for a stack that does not exist
            region = client.meta.region_name
            raise InputError(f"there is no stack {stack} in {region}. Check the name and AWS_REGION.") from None
        raise
    stacks = answer.get("Stacks") or [{}]
    return dict(stacks[0])


def _call(action: str, call: Any) -> Any:  # noqa: ANN401 - botocore's clients are made at run time
    with translate_errors(action, _CODES):
        return call()
