"""Read the simple commands of a shell script, as far as the documents use the shell."""

import re
from dataclasses import dataclass, field

RESERVED = {"do", "then", "else", "elif", "if", "while", "until", "!", "{", "time", "exec", "sudo"}
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_HEREDOC = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


@dataclass
class _Reader:
    """A position in a script. ``commands`` are those that have ended, inner ones before outer ones."""

    text: str
    at: int = 0
    commands: list[list[str]] = field(default_factory=list)

    def take(self) -> str:
        self.at += 1
        return self.text[self.at - 1]

    def rest(self) -> str:
        return self.text[self.at :]

    def skip(self, pattern: str) -> str:
        found = re.compile(pattern, re.DOTALL).match(self.text, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else ""


def read_commands(text: str) -> list[list[str]]:
    """Return the words of each simple command, without assignments, redirections and comments.

    A word keeps its expansions as they are written: ``$name`` or ``$(...)``. Commands in ``$(...)`` come first.
    """
    reader = _Reader(_without_heredocs(text))
    _read_list(reader, "")
    return [words for words in map(_strip, reader.commands) if words]


def _without_heredocs(text: str) -> str:
    lines: list[str] = []
    ends: list[str] = []
    for line in text.splitlines():
        if ends:
            ends = ends[1:] if line.strip() == ends[0] else ends
        else:
            ends = [name for _, name in _HEREDOC.findall(line) if "<<<" not in line]
            lines.append(_HEREDOC.sub("", line) if ends else line)
    return "\n".join([*lines, ""])


def _strip(words: list[str]) -> list[str]:
    while words and (words[0] in RESERVED or _ASSIGNMENT.match(words[0])):
        words = words[1:]
    return words


def _read_list(reader: _Reader, end: str) -> None:
    """Read commands until the character ``end``."""
    words: list[str] = []
    while reader.at < len(reader.text):
        reader.skip(r"(?:[ \t]|\\\n)+")
        if reader.rest()[:1] == "#":
            reader.skip(r"[^\n]*")
        elif reader.skip(r"\d?(?:<<<|>>|>&|<&|>|<)[ \t]*"):
            _read_word(reader)
        elif reader.rest()[:1] in set("\n;|&()"):
            reader.commands.append(words)
            words = []
            if reader.take() == end:
                return
        elif reader.at < len(reader.text):
            words.append(_read_word(reader))
    reader.commands.append(words)


def _read_word(reader: _Reader) -> str:
    word = ""
    while plain := reader.skip(r"[^\s;|&()<>'\"\\$`]+") or reader.rest()[:1]:
        if plain in set(" \t\n;|&()<>"):
            break
        if plain[0] not in "'\"\\$`":
            word += plain
        else:
            word += _read_quoted(reader)
    return word


def _read_quoted(reader: _Reader) -> str:
    mark = reader.take()
    if mark == "'":
        return reader.skip(r"[^']*'")[:-1]
    if mark == "\\":
        return reader.take().strip("\n")
    if mark == "$":
        return _read_expansion(reader)
    if mark == "`":
        return "$" + reader.skip(r"[^`]*`")
    word = ""
    while (char := reader.take()) != '"':
        word += _read_expansion(reader) if char == "$" else reader.take() if char == "\\" else char
    return word


def _read_expansion(reader: _Reader) -> str:
    if reader.rest()[:1] == "(":
        begin = reader.at
        reader.take()
        _read_list(reader, ")")
        return "$" + reader.text[begin : reader.at]
    return "$" + (reader.skip(r"\{[^}]*\}") or reader.skip(r"\w+|[#?$!@*]"))
