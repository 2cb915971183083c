"""Read the options of a command's words."""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

Given = list[tuple[str, str]]


def read_options(words: Iterable[str]) -> Given:
    """Return each option with the word after it, or with an empty text if that is an option, too."""
    listed = [word for word in words if word != "..."]
    given: Given = []
    for word, following in zip(listed, [*listed[1:], ""], strict=False):
        if word.startswith("-") and word not in {"-", "--"}:
            name, _, value = word.partition("=") if word.startswith("--") else (word, "", "")
            given.append((name, value or ("" if following.startswith("-") else following)))
    return given


def is_literal(value: str) -> bool:
    """Return whether a value is written out: no expansion, and no placeholder such as OLD or <region>."""
    return bool(value) and not (set("$<{[*") & set(value) or value.startswith("...") or value.isupper())


def is_written(word: str) -> bool:
    """Return whether a word is the name of a command: no option, and no placeholder such as COMMAND."""
    return not word.startswith(("-", ".", "[")) and not word.isupper()


def is_opaque(words: Iterable[str]) -> bool:
    """Return whether some words are unknown until the command runs: ``$x``, or ``$(...)`` that makes options."""
    return any(word.startswith(("$", "--$")) for word in words)


def find_unknown(given: Given, known: Iterable[str], whose: str) -> Iterator[str]:
    names = set(known)
    for name, _ in given:
        if name not in names and "$" not in name:
            near = get_close_matches(name, names, 1)
            yield f"{whose} has no option {name}." + (f" Did you mean {near[0]}?" if near else "")


def find_missing(given: Given, required: Iterable[str]) -> Iterator[str]:
    names = {name for name, _ in given}
    yield from (f"{name} is required." for name in required if name not in names)


def find_wrong_values(given: Given, allowed: Mapping[str, list[str]]) -> Iterator[str]:
    for name, value in given:
        if is_literal(value) and value not in allowed.get(name, [value]):
            yield f"{name} cannot be {value}. Values: {', '.join(allowed[name])}."
