"""The screen of an audit: a line for each difference, the classes, and commands that can be copied."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops import output
from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.steps import Commands, list_steps
from imagesearch_ops.audit.text import describe_end, print_audit
from imagesearch_ops.deployment_options import DeploymentOptions

COUNTS = {
    "listed": 5000,
    "indexed": 4840,
    "same": 4820,
    "missing": 20,
    "orphaned": 15,
    "known_rejected": 140,
    "waiting": 8,
    "changed": 2,
    "not_ours": 7,
    "foreign": 5,
    "errors": 3,
    "undecided": 1,
    "drift": True,
}
NOTHING = dict.fromkeys(COUNTS, 0) | {"listed": 7, "indexed": 7, "same": 7, "drift": False}
COMMANDS = Commands("20261129T0655-7f3a", "s3://pictures", DeploymentOptions(stack="shop"))
HOSTILE = {
    "line\nbreak\t.jpg": "line\\nbreak\\t.jpg",
    "x\u202egpj.exe": "x\\u202egpj.exe",
    "\x1b[31m": "\\x1b[31m",
    "\ud800": "\\ud800",
    "a+b %41 ": "a+b %41 ",
    "靴": "靴",
}


def line(symbol: str, key: str | None, why: str = "", **fields: Any) -> dict[str, Any]:
    known = {"class": symbol, "key": key, "product_id": "1", "pic_name": key, "etag": "", "last_modified": None}
    return known | {"why": why} | fields


def gather(*lines: dict[str, Any], most: int = 1000) -> Findings:
    findings = Findings(most)
    for one in lines:
        findings.add(one)
    return findings


def show(capsys: pytest.CaptureFixture[str], findings: Findings, counts: dict[str, Any] = COUNTS) -> list[str]:
    print_audit(counts, findings, list_steps(counts, findings, COMMANDS))
    return capsys.readouterr().out.splitlines()


def test_each_difference_is_a_line_as_rclone_writes_it(capsys) -> None:
    differences = [line("+", "a b.jpg"), line("-", "c.jpg"), line("x", "d.jpg"), line("!", "e.jpg")]
    assert show(capsys, gather(*differences))[:5] == ["+ a b.jpg", "- c.jpg", "x d.jpg", "! e.jpg", ""]


def test_hostile_keys_stay_on_their_lines(capsys) -> None:
    shown = show(capsys, gather(*(line("+", key) for key in HOSTILE)))
    assert shown[: len(HOSTILE)] == [f"+ {key}" for key in HOSTILE.values()]


def test_an_entry_without_a_key_is_named_by_its_ids(capsys) -> None:
    foreign = line("?", None, product_id="9\n", pic_name="by hand.jpg")
    assert show(capsys, gather(foreign))[0] == "? (ProductId 9\\n, PicName by hand.jpg)"


def test_the_table_says_what_each_class_means_and_its_reasons(capsys) -> None:
    reasons = ["corrupt_image: cut"] * 3 + ["not_an_image: text"] * 2 + ["image_blank: white", "heic_not_installed: x"]
    rejected = [line("x", f"{n}.jpg", why) for n, why in enumerate(reasons)]
    more = [line(".", "a", "excluded: *.gif"), line("!", "b", "access_denied: it could not be looked at again: 403")]
    shown = show(capsys, gather(*rejected, *more))
    table = shown[shown.index("") + 1 :]
    table = table[: table.index("")]
    assert [row.split()[:2] for row in table[1:]] == [
        ["=", "4,820"],
        ["+", "20"],
        ["-", "15"],
        ["x", "140"],
        ["~", "10"],
        [".", "7"],
        ["?", "5"],
        ["!", "4"],
    ]
    assert table[2].endswith("in the bucket, not in the index, and no reason is known")
    assert table[4].endswith("rejected as it is: corrupt_image 3, not_an_image 2, image_blank 1, others")
    assert table[6].endswith("refused by the key rule: excluded 1")
    assert table[8].endswith("could not be decided: access_denied 1")


def test_texts_that_are_no_codes_are_not_counted_as_reasons(capsys) -> None:
    shown = show(
        capsys, gather(line("+", "a", "not in the index, and no letter says why"), line("+", "b", "timeout: x"))
    )
    assert any(row.endswith("no reason is known: timeout 1") for row in shown)


def test_classes_without_members_are_left_out_and_unknown_ones_are_not_0(capsys) -> None:
    shown = show(capsys, gather(), NOTHING | {"orphaned": None})
    assert [row.split() for row in shown[:3]][1:] == [
        ["=", "7", "same", "in", "the", "bucket", "and", "in", "the", "index"],
        ["-", "unknown", "orphaned", "in", "the", "index,", "but", "its", "object", "is", "gone"],
    ]


def test_no_table_is_wider_than_the_terminal(capsys, monkeypatch) -> None:
    monkeypatch.setattr(output, "is_data_shown", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    whys = [f"{code}: x" for code in ("corrupt_image", "image_too_small", "heic_not_installed", "too_many_pixels")]
    shown = show(capsys, gather(*(line("x", str(number), why) for number, why in enumerate(whys))))
    table = shown[shown.index("") + 1 :]
    assert max(map(len, table[: table.index("")])) <= 80


def test_each_class_that_needs_a_person_has_a_command_to_copy(capsys) -> None:
    findings = gather(line("+", "a\n"), line("-", "b"), line("x", "c"), line("?", None), line("!", "e"))
    commands_at_b = COMMANDS._replace(bucket="s3://b")
    print_audit(COUNTS, findings, list_steps(COUNTS, findings, commands_at_b))
    shown = capsys.readouterr().out.splitlines()
    commands = [row.strip() for row in shown if row.startswith("  imagesearch-ingest")]
    assert commands == [
        "imagesearch-ingest reconcile 20261129T0655-7f3a --stack shop",
        "imagesearch-ingest explain $'\\x73\\x33\\x3a\\x2f\\x2f\\x62\\x2f\\x61\\x0a' --stack shop",
        "imagesearch-ingest dlq list --by reason --stack shop",
        "imagesearch-ingest reconcile 20261129T0655-7f3a --delete-unmade 5 --stack shop",
        "imagesearch-ingest audit s3://b --stack shop",
    ]
    titles = [row for row in shown if row.endswith(":") and row[0] in "+-x?!"]
    assert titles[0] == "+ -  let the function look at them again (a dry run; add --yes):"


def test_no_command_is_offered_that_a_listing_in_doubt_withholds() -> None:
    steps = list_steps(COUNTS | {"listing_complete": False}, gather(line("?", None)), COMMANDS)
    assert not [step for step in steps if "--delete-unmade" in step.command]


def test_no_command_deletes_what_may_be_another_deployments() -> None:
    counts = COUNTS | {"shared": True, "missing": 0, "drift": False}
    commands = [step.command for step in list_steps(counts, gather(line("-", "b"), line("?", None)), COMMANDS)]
    assert not [command for command in commands if " reconcile " in command]


def test_a_key_with_blanks_is_one_word_of_the_command() -> None:
    findings = gather(line("+", "red shoes/it's.jpg"))
    (explain,) = [step.command for step in list_steps(COUNTS, findings, COMMANDS) if " explain " in step.command]
    assert shlex.split(explain)[2] == "s3://pictures/red shoes/it's.jpg"


def test_no_drift_needs_no_command(capsys) -> None:
    assert not any("imagesearch-ingest" in row for row in show(capsys, gather(), NOTHING))


def test_a_run_in_a_folder_of_its_own_is_named_by_it() -> None:
    findings, by_file = gather(), DeploymentOptions(env_file=Path("my shop.env"))
    steps = list(list_steps(COUNTS, findings, Commands("my/own run", "oss://b", by_file)))
    assert steps[0].command == "imagesearch-ingest reconcile 'my/own run' --env-file 'my shop.env'"


def test_if_not_all_fit_those_that_need_a_person_are_shown(capsys) -> None:
    young = [line("~", f"a{n}") for n in range(10)]
    needed = [line("-", "z1"), line("x", "z2"), line("+", "z3")]
    shown = show(capsys, gather(*young, *needed, most=4))
    assert shown[:5] == ["~ a0", "- z1", "x z2", "+ z3", ""]


def test_a_cut_list_is_told(capsys) -> None:
    print_audit(COUNTS, gather(*(line("+", str(n)) for n in range(1001))), [])
    out, err = capsys.readouterr()
    assert out.splitlines()[999:1001] == ["+ 999", ""]
    assert err == "Only 1,000 of 1,001 differences are shown. Use --json to see all.\n"


@pytest.mark.parametrize(("drift", "words"), [(True, "drift"), (False, "no drift"), (None, "drift unknown")])
def test_the_last_line_has_the_verdict(drift: bool | None, words: str) -> None:  # noqa: FBT001
    counts = COUNTS | {"drift": drift, "orphaned": None}
    assert describe_end(counts, "state/run") == (
        f"5,000 listed, 4,840 indexed, 20 missing, unknown orphaned: {words}. Run: state/run"
    )


def test_memory_is_bounded_by_what_is_shown() -> None:
    findings = Findings(3)
    for number in range(5000):
        findings.add(line("x", str(number), f"reason_{number}: x"))
    assert len(findings) == 5000
    assert len(findings.lines_of(Symbol.REJECTED, 10)) == 3
    assert len(findings._reasons[Symbol.REJECTED]) <= 101  # noqa: SLF001 - nothing shows it
