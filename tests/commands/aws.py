"""Check commands of `aws` against botocore's models, from which it is made, and of `sam` against its help.

facts/aws.json holds what botocore does not know, as the pages of the AWS CLI have it, and the options that
`sam COMMAND --help` lists.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from botocore import xform_name
from botocore.exceptions import UnknownServiceError
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session

from tests.command_blocks import ROOT
from tests.commands.options import find_missing, find_unknown, find_wrong_values, is_literal, is_opaque, read_options

FACTS: dict[str, Any] = json.loads(Path(__file__).with_name("facts").joinpath("aws.json").read_text(encoding="utf-8"))
_PARAMETERS = (ROOT / "template.yaml").read_text(encoding="utf-8").partition("\nParameters:\n")[2]

NUMBERS = {"integer", "long", "float", "double"}


def check(words: tuple[str, ...], *, whole: bool) -> Iterator[str]:
    """Yield a sentence for each fault of a command. One that is not ``whole`` may leave out what is required."""
    service, name = (*words[1:3], "", "")[:2]
    if service == "s3":
        yield from _check_listed(FACTS["s3"], name, words, "aws s3")
        return
    model = _load_model(service)
    operations = {xform_name(one, "-"): one for one in model.operation_names} if model else {}
    if model is None:
        yield f"aws has no service {service}."
    elif name not in operations:
        yield f"aws {service} has no operation {name}."
    else:
        yield from _check_operation(model.operation_model(operations[name]), words, whole=whole)


@cache
def _load_model(service: str) -> ServiceModel | None:
    try:
        return Session().get_service_model({"s3api": "s3"}.get(service, service))
    except UnknownServiceError:
        return None


def _check_operation(operation: OperationModel, words: tuple[str, ...], *, whole: bool) -> Iterator[str]:
    given, whose = read_options(words[3:]), " ".join(words[:3])
    shape = operation.input_shape
    members = {f"--{xform_name(name, '-')}": one for name, one in shape.members.items()} if shape else {}
    switches = {f"--no-{name[2:]}" for name, one in members.items() if one.type_name == "boolean"}
    yield from find_unknown(given, {*members, *switches, *FACTS["options"]}, whose)
    yield from find_wrong_values(given, {name: one.enum for name, one in members.items() if getattr(one, "enum", None)})
    for name, value in given:
        if name in members and members[name].type_name in NUMBERS and is_literal(value) and not _is_number(value):
            yield f"{name} is a number, not {value}."
    if whole and shape and not is_opaque(words[3:]):
        yield from find_missing(given, [f"--{xform_name(name, '-')}" for name in shape.required_members])


def _is_number(value: str) -> bool:
    return bool(re.fullmatch(r"-?\d+(\.\d+)?", value))


def check_sam(words: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each fault of a command of `sam`. A parameter has to be one of template.yaml."""
    yield from _check_listed(FACTS["sam"]["commands"], words[1] if len(words) > 1 else "", words, "sam")
    if "--parameter-overrides" in words:
        for word in words[words.index("--parameter-overrides") + 1 :]:
            name = re.match(r"(\w+)=", word)
            if name and not re.search(rf"^  {name[1]}:$", _PARAMETERS, re.MULTILINE):
                yield f"template.yaml has no parameter {name[1]}."


def _check_listed(commands: dict[str, list[str]], name: str, words: tuple[str, ...], whose: str) -> Iterator[str]:
    if name not in commands:
        yield f"{whose} has no command {name}."
    else:
        options = {*commands[name], *(FACTS["options"] if whose == "aws s3" else [])}
        yield from find_unknown(read_options(words[2:]), options, f"{whose} {name}")
