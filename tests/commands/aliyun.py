"""Check commands of `aliyun` against its metadata (facts/aliyun.json) and its own flags (facts/aliyun_cli.json)."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.command_blocks import ROOT
from tests.commands.options import (
    Given,
    find_missing,
    find_unknown,
    find_wrong_values,
    is_literal,
    is_opaque,
    read_options,
)

_FACTS = Path(__file__).with_name("facts")
PRODUCTS: dict[str, Any] = json.loads((_FACTS / "aliyun.json").read_text(encoding="utf-8"))["products"]
CLI: dict[str, Any] = json.loads((_FACTS / "aliyun_cli.json").read_text(encoding="utf-8"))
OWN = {"configure", "version", "plugin", "help", "auto-completion"}
COLLECT = "It does not exist, or tests/commands/collect.py has to be run."
STACK_PARAMETERS = set(
    re.findall(
        r"^  (\w+):$",
        (ROOT / "template.ros.yaml")
        .read_text(encoding="utf-8")
        .partition("\nParameters:\n")[2]
        .partition("\nResources:")[0],
        re.MULTILINE,
    )
)
NUMBERS = {"Integer", "Long", "Float", "Double"}


def check(words: tuple[str, ...], *, whole: bool) -> Iterator[str]:
    """Yield a sentence for each fault of a command. One that is not ``whole`` may leave out what is required."""
    code = words[1] if len(words) > 1 else ""
    if code in OWN:
        yield from find_unknown(read_options(words[2:]), CLI["flags"], f"aliyun {code}")
    elif code == "oss":
        yield from _check_oss(words)
    elif code not in PRODUCTS:
        yield f"the CLI has no product {code}. {COLLECT}"
    elif len(words) > 2:
        yield from _check_operation(code, words, whole=whole)


def check_ossutil(words: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each fault of a command of `ossutil`, which `aliyun oss` contains."""
    return _check_oss(("aliyun", "oss", *words[1:]))


def _check_oss(words: tuple[str, ...]) -> Iterator[str]:
    name = words[2] if len(words) > 2 else ""
    if name not in CLI["oss"]:
        yield f"aliyun oss has no command {name}."
    else:
        yield from find_unknown(read_options(words[3:]), {*CLI["oss"][name], *CLI["flags"]}, f"aliyun oss {name}")


def _check_operation(code: str, words: tuple[str, ...], *, whole: bool) -> Iterator[str]:
    product, name, given = PRODUCTS[code], words[2], read_options(words[3:])
    parameters = product["operations"].get(name)
    if parameters is None:
        yield f"{code} has no operation {name}. {COLLECT}"
        return
    if not product["metadata"] and "--force" not in dict(given) and (whole or given):
        yield f"the CLI has no metadata of {code}, so that it takes {name} only with --force."
    own = [(option, value) for option, value in given if option not in CLI["flags"]]
    yield from _check_names(own, parameters, f"{code} {name}")
    yield from _check_values(own, parameters)
    if code == "ros":
        keys = [value for option, value in own if option.endswith(".ParameterKey")]
        yield from (f"template.ros.yaml has no parameter {one}." for one in keys if one not in STACK_PARAMETERS)
    if whole and not is_opaque(words[3:]):
        yield from find_missing(given, _list_required(parameters))


def _list_required(parameters: dict[str, Any]) -> list[str]:
    """Return what the CLI itself insists on. It fills in the region, and asks for no list."""
    required = {name: fact for name, fact in parameters.items() if fact["required"] and name != "RegionId"}
    return [f"--{name}" for name, fact in required.items() if fact["type"] != "RepeatList"]


def _check_names(given: Given, parameters: dict[str, Any], whose: str) -> Iterator[str]:
    """Look the names up. `--Tag.1.Key` is a member of the first of several, `--Name-FILE` a value from a file."""
    unknown = [(option, value) for option, value in given if not _is_parameter(option.removeprefix("--"), parameters)]
    yield from find_unknown(unknown, {f"--{one}" for one in parameters}, whose)


def _is_parameter(name: str, parameters: dict[str, Any]) -> bool:
    first, number, member = (*name.removesuffix("-FILE").split(".", 2), "", "")[:3]
    fact = parameters.get(first)
    if fact is None or not number:
        return fact is not None
    is_one_of_several = re.fullmatch(r"\d+|\$\w*", number) and ("members" in fact or fact["type"] == "RepeatList")
    return bool(is_one_of_several) and member in fact.get("members", [""])


def _check_values(given: Given, parameters: dict[str, Any]) -> Iterator[str]:
    facts = {f"--{name}": fact for name, fact in parameters.items()}
    yield from find_wrong_values(given, {name: fact["values"] for name, fact in facts.items() if "values" in fact})
    yield from find_wrong_values(
        given, {name: ["true", "false"] for name, fact in facts.items() if fact["type"] == "Boolean"}
    )
    for name, value in given:
        if facts.get(name, {}).get("type") in NUMBERS and is_literal(value) and not value.isdecimal():
            yield f"{name} is a number, not {value}."
