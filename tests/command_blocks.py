"""Read the command blocks of the documents, and say which of them a test has to run.

A fenced block of the language ``sh`` or ``console`` holds commands. There are three kinds:

- It begins with a comment that names the account it needs: ``# needs an AWS account``, ``# needs an Alibaba Cloud
  account`` (in one line) or ``# needs an Image Search instance``. Several are joined by ``and``, ``or`` or a comma. One
  of its commands is a vendor's own, such as ``aws``: no other needs an account, as the local cloud is there.
- A test takes it by the decorator ``runs_block(page, beginning)`` of tests/running_blocks.py, and runs its text.
- tests/test_command_blocks.py runs all others, section by section, in the folder of tests/support/shop.py. A
  ``console`` block also shows the output. Each command of a ``sh`` block has to succeed.

So a block that needs no account names only files, buckets and keys that exist there: ``s3://pictures``, ``keys.txt``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/**/*.md")
LANGUAGES = {"sh", "console"}
DATA = {"", "js", "json", "python", "text", "yaml"}
ACCOUNT = "(?:an AWS account|an Alibaba Cloud account|an Image Search instance)"
NEEDS = re.compile(rf"# needs {ACCOUNT}(?:(?:,| and| or) {ACCOUNT})*")
PROGRAMS = {
    "aliyun", "aws", "curl", "docker", "export", "fun", "git", "imagesearch-ingest", "jq", "make", "npm", "npx",
    "openssl", "ossutil", "pip", "pipx", "python", "python3", "s", "sam", "uv", "uvx",
}  # fmt: skip
# Commands that need an account wherever they run. The local cloud is there for `imagesearch-ingest`, but not for a
# function of Function Compute, and it has the stacks shop and local only. A key of one's own needs an instance.
_START = r"(?:^|[;|&(]|\b(?:do|then|else))[ ]*(?:\$ )?(?:[\w./-]*/)?"
_VENDORS = re.compile(
    _START + r"(?:(?:aliyun|aws|fun|ossutil|s|sam|docker push|make live)(?=\s)|export ALIBABA_CLOUD_ACCESS_KEY_ID="
    r"|imagesearch-ingest\b.*--(?:function\b|stack (?!(?:shop|local)(?:\s|$))))",
    re.MULTILINE,
)
_ACCOUNTS = {
    "an AWS account": re.compile(_START + r"(aws|sam)(?=\s)", re.MULTILINE),
    "an Alibaba Cloud account": re.compile(_START + r"(aliyun|fun|ossutil|s)(?=\s)", re.MULTILINE),
}
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\S*)\n(?P<text>.*?)^(?P=indent)```$", re.DOTALL | re.MULTILINE)
_ANY_FENCE = re.compile(r"^[ >*+-]*(?:```|~~~).*$", re.MULTILINE)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S* +")


@dataclass(frozen=True)
class Block:
    """A fenced block. ``section`` is the title of its ``## `` heading, or empty; ``line`` is that of its fence."""

    page: str
    section: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def first_line(self) -> str:
        return self.text.partition("\n")[0]

    @property
    def has_commands(self) -> bool:
        return self.language in LANGUAGES

    @property
    def needs(self) -> str:
        """Return the mark of a block that needs an account, or an empty text."""
        return self.first_line if NEEDS.fullmatch(self.first_line) else ""


def find_pages(root: Path = ROOT) -> list[Path]:
    return sorted(path for pattern in PAGES for path in root.glob(pattern))


def read_page(name: str, text: str) -> Iterator[Block]:
    """Yield each fenced block of a page. Lines of an indented block lose its indentation.

    A fence that is written in another way yields an empty block, whose language is that whole line: nobody knows it.
    """
    for found in _FENCE.finditer(text):
        before = text[: found.start()]
        titles = re.findall(r"^## (.+)$", _FENCE.sub("", before), re.MULTILINE)
        body = re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE)
        yield Block(name, titles[-1] if titles else "", before.count("\n") + 1, found["language"], body)
    rest = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    for found in _ANY_FENCE.finditer(rest):
        yield Block(name, "", rest.count("\n", 0, found.start()) + 1, found[0].strip(), "")


def read_blocks(root: Path = ROOT) -> list[Block]:
    """Return the fenced blocks of all pages, whatever their language."""
    pages = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in find_pages(root)}
    return [block for name, text in pages.items() for block in read_page(name, text)]


def name_program(line: str) -> str:
    """Return the program of a command line: ``aws``, or an empty text if it begins with none."""
    line = line.strip().removeprefix("$ ")
    while found := _ASSIGNMENT.match(line):
        line = line[found.end() :]
    word = next(iter(line.split()), "").rpartition("bin/")[2]
    return word if word in PROGRAMS else ""


def find_faults(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield a sentence for each block whose language or mark is wrong."""
    for block in blocks:
        programs = {name_program(line) for line in block.text.splitlines()} - {""}
        if block.language in {"", "text"} and programs:
            yield f"{block}: it holds commands ({', '.join(sorted(programs))}). Begin it with ```sh or ```console."
        if block.language not in LANGUAGES | DATA:
            yield f"{block}: the language is {block.language}. Begin commands with ```sh or ```console."
        if block.has_commands and "needs" in block.first_line and not block.needs:
            yield f"{block}: {block.first_line!r} names no account. Write such as '# needs an AWS account'."
        for account, programs in _ACCOUNTS.items():
            if block.needs and account not in block.needs and (found := programs.search(block.text)):
                yield f"{block}: {found[1]} needs {account}, which its first line does not name."
        if block.needs and not _VENDORS.search(block.text):
            yield f"{block}: no command of it needs an account. Remove {block.needs!r}, and let a test run it."
