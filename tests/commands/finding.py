"""Find every command of the documents and of the texts that the code prints."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.command_blocks import ROOT, find_pages, read_page
from tests.commands.shell import read_commands

PROGRAMS = ("aliyun", "aws", "fun", "imagesearch-ingest", "make", "ossutil", "s", "sam")
CODE = ("functions", "layers/ingest", "tools")
TEMPLATES = ("*.yaml", "*.yml")
# In a text, a command begins at its start, after a backtick, a blank, a parenthesis or a shell's operator. So that no
# sentence is taken for one, its second word has to look like one of that program.
_IN_TEXT = re.compile(
    r"(?:^|(?<=[`\s(]))"
    r"(?:aliyun [a-z][a-z-]+ [A-Za-z]+|aws [a-z0-9]+ [a-z]+-[a-z-]+|aws s3 [a-z]+"
    r"|(?:\.venv-sam/bin/)?sam (?:deploy|build|delete|logs)\b)[^`\n]*"
)
_SPAN = re.compile(rf"`((?:\S*bin/)?(?:{'|'.join(PROGRAMS)})\s[^`]+)`")


@dataclass(frozen=True)
class Found:
    """A command, with its place. A ``whole`` one stands in a block; others may leave options out."""

    place: str
    words: tuple[str, ...]
    whole: bool = False

    @property
    def program(self) -> str:
        return self.words[0].rpartition("bin/")[2]


def find_commands() -> list[Found]:
    """Return the commands of the programs above, everywhere."""
    found = [*_in_pages(), *_in_code(), *_in_templates()]
    return [one for one in found if one.program in PROGRAMS]


def _in_pages() -> Iterator[Found]:
    for path in find_pages():
        name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        for block in read_page(name, text):
            if block.has_commands:
                yield from (
                    Found(str(block), tuple(words), whole=True) for words in read_commands(script_of(block.text))
                )
        yield from in_sentences(name, text)


def script_of(text: str) -> str:
    """Return the commands of a block. A console block also has their output."""
    if not re.search(r"^\$ ", text, re.MULTILINE):
        return text
    return "".join(f"{command}\n" for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", text, re.MULTILINE))


def in_sentences(name: str, text: str) -> Iterator[Found]:
    """Yield each command that stands between backticks in a page."""
    prose = re.sub(r"^ *```.*?^ *```$", lambda block: "\n" * block[0].count("\n"), text, flags=re.DOTALL | re.MULTILINE)
    for span in _SPAN.finditer(prose):
        place = f"{name}:{prose.count(chr(10), 0, span.start()) + 1}"
        yield from (Found(place, tuple(words)) for words in read_commands(span[1].replace("\n", " ")))


def _in_code() -> Iterator[Found]:
    for path in sorted(one for folder in CODE for one in (ROOT / folder).rglob("*.py")):
        for node in _strings(ast.parse(path.read_text(encoding="utf-8"))):
            yield from in_text(f"{path.relative_to(ROOT)}:{node.lineno}", _text_of(node))


def _strings(tree: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield each string of a module, but not the parts of another."""
    if isinstance(tree, ast.Constant | ast.JoinedStr):
        yield tree
    else:
        for node in ast.iter_child_nodes(tree):
            yield from _strings(node)


def _text_of(node: ast.AST) -> str:
    """Return a string as it is written, with ``$x`` for each value that is filled in."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(map(_text_of, node.values))
    return "$x"


def _in_templates() -> Iterator[Found]:
    for path in sorted(one for pattern in TEMPLATES for one in ROOT.glob(pattern)):
        yield from in_text(path.name, re.sub(r"\n *(?:# )?", " ", path.read_text(encoding="utf-8")))


def in_text(place: str, text: str) -> Iterator[Found]:
    """Yield the commands in a text. A sentence may go on after one."""
    for found in _IN_TEXT.finditer(text):
        line = re.split(r"\. |: |, ", found[0])[0].rstrip(".,:;)")
        if line.count("'") % 2 == 0 and line.count('"') % 2 == 0:
            yield from (Found(place, tuple(words)) for words in read_commands(line)[:1])
