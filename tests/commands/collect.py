r"""Write the facts about the commands of others that the documents use (tests/commands/facts/).

Run it after a page has got a new command of Alibaba Cloud, with three checkouts and two folders::

    python -m tests.commands.collect --meta aliyun-openapi-meta --cli aliyun-cli --fc3 fc3 --mns sdk \
        --node tests/deployment/node/node_modules

``--mns`` is the unpacked wheel of alibabacloud-mns-open20220119. The CLI has no metadata of the operations of SMQ, so
that they need ``--force``, and the SDK says what they take. Only the operations that commands here use are kept.
"""

import argparse
import json
import os
import re
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.commands.finding import find_commands

FACTS = Path(__file__).with_name("facts")
Facts = dict[str, Any]
_VALUES = re.compile(r"^ *[*-] +\**([A-Za-z][\w.-]*)\**(?=[\s.:,(]|$)", re.MULTILINE)


class Checkout:
    """A git repository, of which the newest commit is read."""

    def __init__(self, name: str, folder: str) -> None:
        self.name, self.folder = name, folder

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", self.folder, *arguments], capture_output=True, text=True, check=True)  # noqa: S603, S607
        return done.stdout

    def read(self, path: str) -> str:
        return self.git("show", f"HEAD:{path}")

    def source(self) -> Facts:
        commit, date = self.git("log", "-1", "--format=%H %cs").split()
        return {"repository": self.name, "commit": commit, "date": date}


def collect_products(meta: Checkout, mns: Path) -> Facts:
    used = {one.words[1:3] for one in find_commands() if one.program == "aliyun" and len(one.words) > 2}
    products = {one["code"].lower(): one for one in json.loads(meta.read("metadatas/products.json"))["products"]}
    facts: Facts = {}
    for code, operation in sorted(used):
        if product := products.get(code):
            row = facts.setdefault(
                code, {"version": product["version"], "style": product["api_style"], "operations": {}}
            )
            row["metadata"] = bool(product["apis"])
            if operation in product["apis"]:
                row["operations"][operation] = _read_operation(meta, code, operation)
            elif code == "mns-open" and (found := _read_sdk(mns, operation)):
                row["operations"][operation] = found
    return facts


def _read_operation(meta: Checkout, code: str, name: str) -> Facts:
    described = {one["name"]: one for one in json.loads(meta.read(f"en-US/{code}/{name}.json"))["parameters"]}
    parameters = json.loads(meta.read(f"metadatas/{code}/{name}.json"))["parameters"]
    return {one["name"]: _read_parameter(one, described.get(one["name"], {})) for one in parameters}


def _read_parameter(one: Facts, described: Facts) -> Facts:
    fact = {"type": one["type"], "required": one["required"]}
    if inner := [sub["name"] for sub in one.get("sub_parameters", [])]:
        fact["members"] = inner
    values = _VALUES.findall(described.get("description", "").partition("Valid values")[2])
    return fact | ({"values": values} if one["type"] == "String" and len(values) > 1 else {})


def _read_sdk(folder: Path, operation: str) -> Facts:
    """Return the parameters of an operation as the SDK sends them, and whether its comments call them required."""
    client = (folder / "client.py").read_text(encoding="utf-8")
    name = re.sub(r"(?<!^)([A-Z])", r"_\1", operation).lower()
    body = re.search(rf"    def {name}_with_options\(.*?action = '{operation}'", client, re.DOTALL)
    if not body:
        return {}
    model = (folder / f"models/_{name}_request.py").read_text(encoding="utf-8")
    required = set(re.findall(r"# This parameter is required\.\n\s+self\.(\w+) =", model))
    sent = re.findall(r"(?:query|body)\['(\w+)'\] = request\.(\w+)", body[0])
    return {wire: {"type": "String", "required": own.removesuffix("_shrink") in required} for wire, own in sent}


def collect_cli(cli: Checkout) -> Facts:
    """Return the flags of `aliyun` with whether each takes a value, and the options of `aliyun oss` by command."""
    flags = {}
    for path in ("config/flags.go", "openapi/flags.go"):
        text = cli.read(path)
        names = dict(re.findall(r'^\t(\w+FlagName|\w+Name) += "([\w-]+)"', text, re.MULTILINE))
        for constant, rest in re.findall(r"Name:\s+(\w+Name),(.*?)(?=Name:|\Z)", text, re.DOTALL):
            short = re.search(r"Shorthand:\s+'(\w)'", rest)
            takes_value = "AssignedNone" not in rest
            flags[f"--{names[constant]}"] = takes_value
            flags |= {f"-{short[1]}": takes_value} if short else {}
    flags |= {"--pager": True, "--waiter": True, "--help": False}
    return {"source": cli.source(), "flags": flags, "oss": _collect_oss(cli)}


def _collect_oss(cli: Checkout) -> dict[str, list[str]]:
    names = dict(re.findall(r'^\t(Option\w+) += "(\w+)"', cli.read("oss/lib/const.go"), re.MULTILINE))
    options = cli.read("oss/lib/option.go")
    spelt = {
        name: re.findall(r'"(-[\w-]+)"', found)
        for name, found in re.findall(r'(Option\w+): +Option\{("[^"]*", "[^"]*")', options)
    }
    facts = {}
    for path in cli.git("ls-tree", "--name-only", "HEAD", "oss/lib/").split():
        text = cli.read(path) if path.endswith(".go") and not path.endswith("_test.go") else ""
        for name, listed in re.findall(
            r'\tname: +"([\w-]+)",.*?validOptionNames: \[\]string\{(.*?)\}', text, re.DOTALL
        ):
            facts[name] = sorted(
                one for option in re.findall(r"Option\w+", listed) if option in names for one in spelt.get(option, [])
            )
    return facts


def collect_serverless_devs(fc3: Checkout, node: Path) -> Facts:
    """Return the options of `s`, of the commands that it has itself and of those of the component fc3, and of `fun`."""
    commands = {name: _read_help(node / "s", *name.split()) for name in ("preview", "config add", "verify")}
    for path in fc3.git("ls-tree", "--name-only", "HEAD", "src/commands-help/").split():
        commands |= _read_commands(Path(path).stem, fc3.read(path))
    fun = {name: _read_help(node / "fun", name) for name in ("validate", "deploy", "build")}
    versions = {
        name: json.loads((node.parent / name / "package.json").read_text(encoding="utf-8"))["version"]
        for name in ("@serverless-devs/s", "@alicloud/fun")
    }
    source = fc3.source() | {"version": re.search(r"^Version: (.*)$", fc3.read("publish.yaml"), re.MULTILINE)[1]}
    return {"source": source, "packages": versions, "options": _read_help(node / "s"), "commands": commands, "fun": fun}


def _read_help(program: Path, *words: str) -> dict[str, bool]:
    command = [program, *words, "--help"]
    with TemporaryDirectory() as home:
        environ = {"PATH": os.environ["PATH"], "HOME": home, "NODE_ENV": "test", "FUN_DISABLE_VERSION_CHECK": "1"}
        done = subprocess.run(command, env=environ, cwd=home, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    return _read_options(re.findall(r"^  (-.*?)(?:  |$)", done.stdout.partition("Options:")[2], re.MULTILINE))


def _read_options(written: list[str]) -> dict[str, bool]:
    """Return each spelling of ``-y, --assume-yes`` or ``--code <code>`` with whether a value follows."""
    return {name: bool(re.search(r"[<\['\"]", one)) for one in written for name in re.findall(r"(?<!\w)--?[\w-]+", one)}


def _read_commands(name: str, text: str) -> dict[str, dict[str, bool]]:
    """Return the options of a command and of its sub-commands, from the help's source."""
    facts: dict[str, list[str]] = {}
    current = name
    for sub, option in re.findall(
        r"^    (?:'?([\w-]+)'?: \{)$|^ +\[?\s*\[?['\"](-[^'\"\n]*(?:'[^\n]*')?[^'\"\n]*)['\"],", text, re.MULTILINE
    ):
        current = f"{name} {sub}" if sub and sub != "help" else current
        facts.setdefault(current, []).extend([option] if option else [])
    return {one: _read_options(options) for one, options in facts.items()} or {name: {}}


def write(name: str, facts: Facts) -> None:
    (FACTS / f"{name}.json").write_text(json.dumps(facts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ("meta", "cli", "fc3", "mns", "node"):
        parser.add_argument(f"--{option}", required=True, metavar="DIR")
    given = parser.parse_args()
    meta = Checkout("aliyun/aliyun-openapi-meta", given.meta)
    mns = Path(given.mns) / "alibabacloud_mns_open20220119"
    write("aliyun", {"source": meta.source(), "products": collect_products(meta, mns)})
    write("aliyun_cli", collect_cli(Checkout("aliyun/aliyun-cli", given.cli)))
    write("serverless_devs", collect_serverless_devs(Checkout("devsapp/fc3", given.fc3), Path(given.node) / ".bin"))


if __name__ == "__main__":
    main()
