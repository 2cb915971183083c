"""Each command block of the documents runs, or names the account that it needs (tests/command_blocks.py).

The blocks of a ``## `` section run one after another, in a fresh folder and with the variables of a shell that uses a
local AWS, as those of docs/operating.md (tests/test_operating.py says what the folder holds and how a ``console`` block
is written). The folder also has the files of the repository. Each command of a ``sh`` block has to succeed. All
sections share the cloud: leave it as it was.
"""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest

from imagesearch_ops.exit_codes import ExitCode
from tests import test_tutorial
from tests.command_blocks import ROOT, Block, find_faults, read_blocks, read_page
from tests.running_blocks import find_claimed, find_claims, leave_out_claimed, read_claims, runs_block
from tests.support.shop import Shop, fill_folder, is_like, open_shop
from tests.test_operating import PAGE, read_block, read_sections

Section = tuple[str, str]
# Codes of a command that has done its work, and has found something.
FINDINGS = (ExitCode.INCOMPLETE, ExitCode.DRIFT, ExitCode.LIMIT)
TRAP = """
fail() {{ echo "exit code $1"; exit 1; }}
trap 'code=$?; case "$code $BASH_COMMAND" in [{found}]*imagesearch-ingest*) ;; *) fail $code;; esac' ERR
"""


def group(blocks: list[Block]) -> dict[Section, list[Block]]:
    sections: dict[Section, list[Block]] = {}
    for block in blocks:
        sections.setdefault((block.page, block.section), []).append(block)
    return sections


BLOCKS = read_blocks()
# The console blocks of these pages run in another test, all of them.
OTHERS = {
    "docs/operating.md": [text for blocks in read_sections(PAGE).values() for text in blocks],
    "docs/tutorial.md": test_tutorial.BLOCKS,
}
SECTIONS = group(
    [one for one in leave_out_claimed(BLOCKS, find_claims()) if one.language != "console" or one.page not in OTHERS]
)


def link_repository(folder: Path) -> None:
    """Let the folder have the repository's files, too. What a command makes there stays in the folder."""
    for path in ROOT.iterdir():
        if not (folder / path.name).exists() and path.name not in {".git", ".fc", ".aws-sam", "dist"}:
            (folder / path.name).symlink_to(path)


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    with open_shop() as shop:
        yield shop


@pytest.mark.parametrize("section", SECTIONS, ids=" # ".join)
def test_each_block_does_what_the_page_shows(shop: Shop, tmp_path: Path, section: Section) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    fill_folder(folder, shop.environ)
    link_repository(folder)
    for block in SECTIONS[section]:
        (run_console if block.language == "console" else run_sh)(shop, folder, block.text)


def run_console(shop: Shop, folder: Path, text: str) -> None:
    pairs = read_block(text)
    shown = shop.run([command for command, _ in pairs], folder)
    assert len(shown) == len(pairs), "the shell has ended early"
    for (command, expected), seen in zip(pairs, shown, strict=True):
        assert is_like(expected, seen), f"$ {command}\n{seen}\n--- but the page shows:\n{expected}"


def run_sh(shop: Shop, folder: Path, text: str) -> None:
    """Run the block until a command fails. Codes such as DRIFT are no failure."""
    found = "".join(str(int(code)) for code in FINDINGS)
    output, code = shop.run([f"(\nset -u\n{TRAP.format(found=found)}\n{text}\n)", "echo $?"], folder)
    assert code.strip() in {"0", *found}, f"{text}\n--- printed:\n{output}--- exit code {code}"


@pytest.mark.parametrize("page", OTHERS)
def test_another_test_runs_all_console_blocks_of_its_page(page: str) -> None:
    assert OTHERS[page] == [one.text for one in BLOCKS if (one.page, one.language, one.needs) == (page, "console", "")]


def test_each_block_that_a_test_claims_is_there() -> None:
    """The test's module fails, too, but perhaps nobody runs it now."""
    claims = find_claims()
    assert len(claims) > 3
    assert [(page, beginning) for page, beginning in claims if not find_claimed(BLOCKS, page, beginning)] == []


def test_each_block_names_its_language_and_its_account() -> None:
    assert list(find_faults(BLOCKS)) == []


def page(language: str, text: str, start: str = "## Use it\n\n") -> list[Block]:
    return list(read_page("docs/page.md", f"{start}```{language}\n{text}\n```\n"))


FAULTS = {
    "no language": (page("", "make demo"), "it holds commands (make). Begin it with ```sh or ```console."),
    "text": (page("text", "$ A=b c/bin/aws s3 ls"), "it holds commands (aws). Begin it with ```sh or ```console."),
    "bash": (page("bash", "make demo"), "the language is bash. Begin commands with ```sh or ```console."),
    "a title": (list(read_page("docs/page.md", '\n\n```sh title="x"\nmake x\n')), 'the language is ```sh title="x".'),
    "a quoted block": (list(read_page("docs/page.md", "\n\n> ```sh\n")), "the language is > ```sh."),
    "waves": (list(read_page("docs/page.md", "\n\n~~~sh\n")), "the language is ~~~sh."),
    "another account": (
        page("sh", "# needs an AWS account\nfor a in b; do aliyun ram GetRole; done"),
        "aliyun needs an Alibaba Cloud account, which its first line does not name.",
    ),
    "an instance alone": (
        page("sh", "# needs an Image Search instance\n.venv-sam/bin/sam deploy"),
        "sam needs an AWS account, which its first line does not name.",
    ),
    "an unknown account": (
        page("sh", "# needs a Mars account\naws s3 ls"),
        "'# needs a Mars account' names no account.",
    ),
    "no need": (
        page("sh", "# needs an AWS account\nimagesearch-ingest dlq list"),
        "no command of it needs an account.",
    ),
    "the stack that is there": (
        page("sh", "# needs an AWS account\nimagesearch-ingest audit --stack shop"),
        "no command",
    ),
    "no need of make": (page("sh", "# needs an AWS account\nmake demo # aws s3"), "no command of it needs an account."),
}


@pytest.mark.parametrize(("blocks", "sentence"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_block_is_named(blocks: list[Block], sentence: str) -> None:
    (fault,) = find_faults(blocks)
    assert fault.startswith("docs/page.md:3: ")
    assert sentence in fault


NEEDY = {
    "of aws": "# needs an AWS account\nissuer=$(aws iam get-x)",
    "of sam": "# needs an AWS account\n.venv-sam/bin/sam deploy",
    "in a loop": "# needs an Alibaba Cloud account\nfor a in b; do aliyun ram GetRole; done",
    "of several": "# needs an AWS account and an Image Search instance\nFOO=1 sam deploy || aws x",
    "of a registry": "# needs an Alibaba Cloud account\ndocker push x",
    "of another stack": "# needs an AWS account\nimagesearch-ingest audit --stack shop-2",
    "of a function": "# needs an Alibaba Cloud account\nimagesearch-ingest doctor --function cn-shanghai/shop",
}


@pytest.mark.parametrize("text", NEEDY.values(), ids=NEEDY)
def test_a_block_that_needs_an_account_does_not_run(text: str) -> None:
    (block,) = page("sh", text)
    assert block.needs == text.partition("\n")[0]
    assert list(find_faults([block])) == []
    assert leave_out_claimed([block], []) == []


def test_output_and_other_languages_are_no_commands() -> None:
    blocks = page("", "backfill  listing -> queue") + page("json", '{"a": 1}') + page("", "sh-4$ x")
    assert list(find_faults(blocks)) == []
    assert leave_out_claimed(blocks, []) == []


def test_a_claimed_block_is_left_to_its_test() -> None:
    blocks = page("sh", "make demo") + page("sh", "make help")
    assert leave_out_claimed(blocks, [("docs/page.md", "make d"), ("docs/other.md", "make help")]) == blocks[1:]


def test_a_test_that_does_not_run_its_block_claims_nothing() -> None:
    source = '@runs_block("a.md", "{0}")\ndef test_{0}(block):\n    {1}\n'
    lines = [("one", "run(block.text)"), ("two", "run(block)"), ("three", "pass"), ("four", "assert block.text")]
    claims = read_claims("".join(source.format(*line) for line in lines) + "def test_five(block): run(block.text)\n")
    assert list(claims) == [("a.md", "one"), ("a.md", "two"), ("a.md", "four")]


@pytest.mark.parametrize("beginning", ["make nonsense", "# needs an AWS account", ""])
def test_a_claim_of_no_block_is_refused(beginning: str) -> None:
    with pytest.raises(ValueError, match=r"docs/deploy-aws\.md: \d+ command blocks that need no account begin with"):
        runs_block("docs/deploy-aws.md", beginning)


def test_blocks_are_read_with_their_place() -> None:
    text = (
        "```sh\na\n```\n## One\n1. x\n\n   ```console\n   $ b\n     c\n   ```\n## Two\n```\n## d\n```\n```sh\ne\n```\n"
    )
    assert [(one.section, one.line, one.language, one.text) for one in read_page("p.md", text)] == [
        ("", 1, "sh", "a\n"),
        ("One", 7, "console", "$ b\n  c\n"),
        ("Two", 12, "", "## d\n"),
        ("Two", 15, "sh", "e\n"),
    ]


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("true\nimagesearch-ingest --version # x", True),
        ("false\ntrue", False),
        ("imagesearch-ingest --nonsense\ntrue", False),
        ("imagesearch-ingest keys test none.txt", False),
        ("imagesearch-ingest explain s3://pictures/none.jpg\ntrue", True),
        ("(exit 4)\ntrue", False),
        ("echo $unset", False),
    ],
)
def test_a_failing_command_fails_its_block(shop: Shop, tmp_path: Path, text: str, *, runs: bool) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    with nullcontext() if runs else pytest.raises(AssertionError, match="exit code"):
        run_sh(shop, folder, text)
