"""Every command of the documents and of printed texts exists, with the options that it is given."""

import json
import re
from collections import Counter

import pytest

from tests.command_blocks import ROOT
from tests.commands.aliyun import CLI, PRODUCTS
from tests.commands.aws import FACTS as AWS
from tests.commands.check import find_faults
from tests.commands.finding import Found, find_commands, in_sentences, in_text, script_of
from tests.commands.serverless import FACTS as SERVERLESS_DEVS
from tests.commands.shell import read_commands

FOUND = find_commands()


def test_every_command_exists() -> None:
    assert [fault for one in FOUND for fault in find_faults(one)] == []


def test_commands_are_found_where_people_read_them() -> None:
    programs = Counter(one.program for one in FOUND)
    assert programs.keys() >= {"aliyun", "aws", "fun", "imagesearch-ingest", "make", "s", "sam"}
    for start in ("README.md:", "docs/", "docs/runbook.md:", "tools/operator/", "layers/ingest/"):
        assert any(one.place.startswith(start) for one in FOUND), start


def check(command: str, *, whole: bool = True) -> list[str]:
    *_, words = read_commands(command)
    return [fault.partition(": ")[2] for fault in find_faults(Found("p:1", tuple(words), whole))]


STACK = "aliyun ros CreateStack --StackName s"
QUEUE = "aliyun mns-open CreateQueue --QueueName q"
BROKEN = {
    "aliyun rom CreateRole --RoleName r": "the CLI has no product rom.",
    "aliyun ram MakeRole --RoleName r": "ram has no operation MakeRole.",
    "aliyun ram CreateRole --Rolename r": "ram CreateRole has no option --Rolename. Did you mean --RoleName?",
    "aliyun ram CreateRole --role-name r": "ram CreateRole has no option --role-name.",
    "aliyun ram CreateRole --RoleName r --regoin x": "ram CreateRole has no option --regoin.",
    "aliyun ram CreateRole --RoleName r --MaxSessionDuration hour": "--MaxSessionDuration is a number, not hour.",
    "aliyun ram CreateRole --Tag.1.Name n": "ram CreateRole has no option --Tag.1.Name.",
    "aliyun ram CreateRole --Tag.x.Key n": "ram CreateRole has no option --Tag.x.Key.",
    "aliyun ram CreateRole --RoleName.1 n": "ram CreateRole has no option --RoleName.1.",
    "aliyun sls DeleteProject --region r": "--project is required.",
    "aliyun ros CreateStack --TemplateURL u": "--StackName is required.",
    f"{STACK} --Parameters.1.ParameterName x": "has no option --Parameters.1.ParameterName.",
    f"{STACK} --DisableRollback no": "--DisableRollback cannot be no. Values: true, false.",
    f"{STACK} --Parameters.1.ParameterKey Instance": "template.ros.yaml has no parameter Instance.",
    QUEUE: "the CLI has no metadata of mns-open, so that it takes CreateQueue only with --force.",
    f"{QUEUE} --force --Visibility 3": "mns-open CreateQueue has no option --Visibility.",
    "aliyun mns-open CreateQueue --force": "--QueueName is required.",
    "aliyun oss copy a oss://b": "aliyun oss has no command copy.",
    "aliyun oss cp a oss://b --recurse": "aliyun oss cp has no option --recurse. Did you mean --recursive?",
    "aliyun configure --acess-key-id x": "aliyun configure has no option --acess-key-id. Did you mean --access-key-id?",
    "s deply": "s has no command deply.",
    "s layer publsh": "s has no command layer publsh.",
    "s deploy --tmplate s.yaml": "s deploy has no option --tmplate. Did you mean --template?",
    "s layer publish --name x": "s layer publish has no option --name.",
    "s config set": "s has no command config set.",
    "fun check -t x.yml": "fun has no command check.",
    "fun deploy --stack x": "fun deploy has no option --stack. Did you mean --stack-name?",
    "aws lamda invoke": "aws has no service lamda.",
    "aws sqs remove-queue": "aws sqs has no operation remove-queue.",
    "aws sqs delete-queue --url u": "aws sqs delete-queue has no option --url.",
    "aws sqs delete-queue": "--queue-url is required.",
    "aws lambda invoke --function-name f --invocation-type Later": "--invocation-type cannot be Later. Values: ",
    "aws sqs receive-message --queue-url u --wait-time-seconds long": "--wait-time-seconds is a number, not long.",
    "aws s3 remove s3://b": "aws s3 has no command remove.",
    "aws s3 rb s3://b --recursive": "aws s3 rb has no option --recursive.",
    "sam publish-all": "sam has no command publish-all.",
    "sam deploy --stackname x": "sam deploy has no option --stackname. Did you mean --stack-name?",
    "sam deploy --parameter-overrides Instance=x": "template.yaml has no parameter Instance.",
    "imagesearch-ingest dlq lst": "imagesearch-ingest dlq has no command lst.",
    "imagesearch-ingest audit --stak shop": "imagesearch-ingest audit has no option --stak. Did you mean --stack?",
    "imagesearch-ingest backfill s3://b --speed 3": "imagesearch-ingest backfill start has no option --speed.",
    "imagesearch-ingest demo --cloud azure": "--cloud cannot be azure. Values: aws, alibaba.",
    "make bench_images": "the Makefile has no target bench_images.",
    "make build HEICC=1": "the Makefile has no variable HEICC.",
    "make biuld": "the Makefile has no target biuld.",
    "ossutil copy a oss://b": "aliyun oss has no command copy.",
    "gcloud x": "nobody checks gcloud.",
}


@pytest.mark.parametrize(("command", "sentence"), BROKEN.items(), ids=BROKEN)
def test_a_broken_command_is_refused(command: str, sentence: str) -> None:
    assert sentence in "\n".join(check(command))


RIGHT = (
    "aliyun ram CreateRole --RoleName r --Tag.1.Key k --Tag.1.Value v --region cn-shanghai -p profile",
    "aliyun ram CreatePolicy --PolicyName p --PolicyDocument-FILE policy.json",
    f"{QUEUE} --force",
    'aliyun mns-open CreateQueue --force $(of "$queue")',
    "aliyun oss cp a oss://b/c -r --region cn-shanghai",
    "ossutil cp a oss://b/c --force",
    "aliyun configure --profile x --mode AK",
    "s deploy -t s.yaml -y --function config",
    "aws s3api list-buckets --output text --no-cli-pager",
    "aws sqs delete-queue --queue-url $url",
    "aws lambda invoke --function-name NAME --invocation-type Event /dev/stdout",
    "sam deploy --parameter-overrides InstanceName=x KeyPrefix='\"a b\"'",
    "imagesearch-ingest backfill s3://b --yes",
    "make build HEIC=1",
)


@pytest.mark.parametrize("command", RIGHT)
def test_a_right_command_is_taken(command: str) -> None:
    assert check(command) == []


def test_a_sentence_may_leave_options_out() -> None:
    assert check("aws sqs delete-queue", whole=False) == []
    assert check("aliyun mns-open CreateQueue", whole=False) == []
    assert check("aws sqs delete-queue --name q", whole=False) != []
    assert check("imagesearch-ingest COMMAND --help", whole=False) == []
    assert check("s ...", whole=False) == []


def test_commands_are_read_as_a_shell_reads_them() -> None:
    script = """a=$(aws x --b "c d") # comment
cat >f <<END | tee g
aliyun no
END
for q in 1 2; do aliyun ram X --Q "$q" \\
  --R 'one two'; done && s deploy >/dev/null 2>&1 || (fun validate)
of() { jq -r "$1" f; }
read -r p <<<"$(jq .x f)"
"""
    assert read_commands(script) == [
        ["aws", "x", "--b", "c d"],
        ["cat"],
        ["tee", "g"],
        ["for", "q", "in", "1", "2"],
        ["aliyun", "ram", "X", "--Q", "$q", "--R", "one two"],
        ["done"],
        ["s", "deploy"],
        ["fun", "validate"],
        ["of"],
        ["jq", "-r", "$1", "f"],
        ["}"],
        ["jq", ".x", "f"],
        ["read", "-r", "p"],
    ]


def test_only_the_commands_of_a_console_block_are_read() -> None:
    assert script_of("$ s deploy \\\n  -y\naws s3 ls\n$ make x\n") == "s deploy \\\n  -y\nmake x\n"


def test_commands_in_sentences_are_found() -> None:
    page = "Run `s deploy`, `.venv/bin/sam\ndelete` or `s.yaml`.\n```sh\n`s remove`\n```\n"
    assert [(one.place, one.words) for one in in_sentences("p", page)] == [
        ("p:1", ("s", "deploy")),
        ("p:1", (".venv/bin/sam", "delete")),
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Enable it: aws iam enable-x --y z", ("aws", "iam", "enable-x", "--y", "z")),
        ("Run `aliyun ram GetRole --RoleName r`. Then wait", ("aliyun", "ram", "GetRole", "--RoleName", "r")),
        ("sam deploy --parameter-overrides A=b", ("sam", "deploy", "--parameter-overrides", "A=b")),
        ("the aws region of an alarm", None),
    ],
)
def test_commands_in_printed_texts_are_found(text: str, words: tuple[str, ...] | None) -> None:
    assert [one.words for one in in_text("m", text)] == ([words] if words else [])


def test_facts_name_their_source() -> None:
    for facts in (CLI, SERVERLESS_DEVS):
        assert {"repository", "commit", "date"} <= facts["source"].keys()
        assert len(facts["source"]["commit"]) == 40
    assert SERVERLESS_DEVS["source"]["version"].count(".") == 2


def test_facts_are_of_the_pinned_versions() -> None:
    for name in ("s.yaml", "s.direct.yaml"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert re.findall(r"component: (\S+)", text) == [f"fc3@{SERVERLESS_DEVS['source']['version']}"], name
    packages = json.loads((ROOT / "tests/deployment/node/package.json").read_text(encoding="utf-8"))["dependencies"]
    assert packages == SERVERLESS_DEVS["packages"]
    sam = (ROOT / "requirements/sam.txt").read_text(encoding="utf-8")
    assert f"aws-sam-cli=={AWS['sam']['version']} " in sam, "read `sam COMMAND --help` anew for facts/aws.json"


def test_facts_are_only_of_commands_in_use() -> None:
    used = {one.words[1:3] for one in FOUND if one.program == "aliyun"}
    assert {(code, name) for code, product in PRODUCTS.items() for name in product["operations"]} <= used
