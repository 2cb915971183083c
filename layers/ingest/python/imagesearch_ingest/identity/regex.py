r"""Compile regular expressions with RE2, which matches in time linear in the key's length (ADR 20).

The syntax is RE2's (https://github.com/google/re2/wiki/Syntax). It differs from Python's ``re``: no lookaround, no
backreferences, ``\z`` in place of ``\Z``, and ``\d``, ``\w``, ``\s`` are ASCII only. ``\pL`` is any letter.
"""

import re
from collections import Counter

# The beginning of RE2's error, and the cause and the cure for people. Compiled only when there is an error.
_EXPLANATIONS = (
    (r"invalid perl operator: \(\?[=!]", "it has no lookahead. Match that text outside the groups"),
    (r"invalid perl operator: \(\?<[=!]", "it has no lookbehind. Match that text outside the groups"),
    (r"invalid escape sequence: \\[1-9kg]", "it has no backreferences. Repeat the group's pattern instead"),
    (r"invalid perl operator: \(\?P$", "it has no backreferences. Repeat the group's pattern instead"),
    (r"invalid perl operator: \(\?>", "it has no atomic groups and needs none. Write '(?:' instead"),
    (r"bad repetition operator: .+\+$", "it has no possessive repetition and needs none. Remove the last '+'"),
    (r"invalid perl operator: \(\?\(", "it has no conditions. List the cases, separated by '|'"),
    (r"invalid perl operator: \(\?[#a-zA-Z]", "it has no comments, and only the flags i, m, s and U. Remove this one"),
    (r"invalid escape sequence: \\Z", "it writes '\\z'. Remove both: the whole key has to match anyway"),
    (r"invalid escape sequence: \\[uUN]", "it writes a character by its number, such as '\\x{e9}'. Use that form"),
    (
        r"invalid repetition size",
        "it allows 1000 repetitions, with nested counts multiplied. Use '*' or '+'",
    ),
)
_TOKENS = r"""(?xs)
    \\Q .*? (?: \\E | \Z )
  | \\[xpP] \{ [^}]* \}
  | (?P<escape> \\. )
  | \[ \^? \]? (?: \[:\^?\w+:\] | \\. | [^\]\\] )* \]
  | \( \?P? < (?P<group> \w+ ) >
  | (?P<open> \( (?: \? [a-zA-Z-]* : )? )
  | (?P<close> \) )
  | (?P<repetition> \{ (?: \d+ (?: , \d* )? | , \d* ) \} )
"""
_REPETITION = r"\{(0|[1-9]\d{0,7})(,(0|[1-9]\d{0,7})?)?\}"


_FLAGS = re.compile(r"\(\?[a-zA-Z-]+\)")


class Regex:
    """A compiled regular expression that has to match a whole text.

    ``names`` are the names of its groups, in no order. A name that is used twice occurs in it twice.
    """

    def __init__(self, pattern: str) -> None:
        """Raise ``ValueError`` saying why the pattern cannot be used and what to do."""
        import re2  # noqa: PLC0415 (the default rule does without it, and a cold start pays for each import)

        options = re2.Options()
        options.log_errors = False  # RE2 would write its errors to standard error, past the redaction
        try:
            self._compiled = re2.compile(pattern, options)
        except UnicodeEncodeError:
            raise ValueError("it is not valid UTF-8") from None
        except re2.error as error:
            raise ValueError(_explain(error.args[0].decode(errors="replace"))) from None
        tokens = [*re.finditer(_TOKENS, pattern)]
        if faults := [*filter(None, map(_find_trap, tokens))]:
            raise ValueError("; ".join(faults))
        self._index_of: dict[str, int] = self._compiled.groupindex
        # RE2 itself keeps the first of two groups with the same name, without an error.
        written = Counter(token["group"] for token in tokens if token["group"])
        self.names = [*self._index_of, *(written - Counter(self._index_of.keys())).elements()]

    def match(self, text: str) -> dict[str, str] | None:
        """Return the named groups that are not empty, or ``None`` if the whole text does not match."""
        # Encoded here: re2 would convert the positions of the groups in a str to characters, which doubles the time.
        match = self._compiled.fullmatch(text.encode(errors="surrogatepass"))
        if match is None:
            return None
        return {name: value.decode(errors="surrogatepass") for name, i in self._index_of.items() if (value := match[i])}


def encloses_all(pattern: str, name: str) -> bool:
    """Return whether a group of this name is around the whole of a valid pattern.

    Anchors, flags and other groups may be around it.
    """
    while True:
        pattern = _strip_anchors(pattern)
        first, end = _read_first_group(pattern)
        if first is None or end != len(pattern):
            return False
        if first["group"] == name:
            return True
        pattern = pattern[first.end() : -1]


def _strip_anchors(pattern: str) -> str:
    """Return the pattern without anchors and flags at its ends. They consume no character."""
    while True:
        if found := _FLAGS.match(pattern):
            pattern = pattern[found.end() :]
        elif pattern.startswith(("^", r"\A")):
            pattern = pattern.removeprefix("^").removeprefix(r"\A")
        elif pattern.endswith("$") and not _is_escaped(pattern):
            pattern = pattern[:-1]
        elif pattern.endswith(r"\z") and not _is_escaped(pattern[:-1]):
            pattern = pattern[:-2]
        else:
            return pattern


def _is_escaped(pattern: str) -> bool:
    """Return whether an odd number of backslashes stands before the last character."""
    before = pattern[:-1]
    return (len(before) - len(before.rstrip("\\"))) % 2 == 1


def _read_first_group(pattern: str) -> tuple[re.Match[str] | None, int]:
    """Return the group that the pattern begins with, and where it ends; ``None`` if it begins otherwise."""
    first: re.Match[str] | None = None
    depth = 0
    for token in re.finditer(_TOKENS, pattern):
        if token["group"] or token["open"]:
            if first is None and token.start() == 0:
                first = token
            depth += 1
        elif token["close"]:
            depth -= 1
            if depth == 0:
                return first, token.end()
    return None, 0


def _explain(error: str) -> str:
    if error.startswith("pattern too large"):
        return "RE2 takes 8 MB for a pattern at most. Lower the counts of its repetitions, or shorten it"
    construct = error.partition(": ")[2]
    for beginning, explanation in _EXPLANATIONS:
        if re.match(beginning, error):
            return f"RE2 refuses '{construct}': {explanation}"
    return f"it is not a valid regular expression: {error}"


def _find_trap(token: re.Match[str]) -> str | None:
    """Return what is wrong with a token that RE2 accepts but reads differently from other engines."""
    repetition = token["repetition"]
    if repetition and not re.fullmatch(_REPETITION, repetition):
        return f"RE2 reads {repetition!r} as plain text. Write a repetition as '{{n}}', '{{n,}}' or '{{n,m}}'"
    if token["escape"] == r"\C":
        return "'\\C' matches one byte, which can be a part of a character. Use '.' instead"
    return None
