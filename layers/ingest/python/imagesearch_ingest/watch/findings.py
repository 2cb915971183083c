"""Say what a look found, and what to do about it."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a finding means: a fault to mend, something that could not be seen, or a remark that raises no alarm."""

    FAULT = "fault"
    UNSEEN = "unseen"
    REMARK = "remark"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the deployment, and one about what to do."""

    kind: Kind
    detail: str
    to_do: str


def fault(detail: str, to_do: str) -> Finding:
    """Return the finding that something must be mended."""
    return Finding(Kind.FAULT, detail, to_do)


def aws_command(service: str, operation: str, **options: Any) -> str:  # noqa: ANN401 - texts, or values of JSON
    """Return a line for AWS's command line. Options are named as in Python: ``event_pattern`` is ``--event-pattern``.

    Values other than text become JSON.
    """
    return _command("aws", service, operation, {name.replace("_", "-"): value for name, value in options.items()})


def aliyun_command(product: str, operation: str, **parameters: Any) -> str:  # noqa: ANN401 - as above
    """Return a line for Alibaba Cloud's command line. Parameters have their names in the API."""
    return _command("aliyun", product, operation, parameters)


def _command(program: str, service: str, operation: str, options: Mapping[str, Any]) -> str:
    words = [program, service, operation]
    for name, value in options.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        words += [f"--{name}", shlex.quote(text)]
    return " ".join(words)
