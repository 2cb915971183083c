"""Read the variables of the settings, and find characters that nobody sees.

A value that was pasted from a page or written by a program may hold a line break, a no-break space or a zero-width
character. It looks right and matches nothing.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping

from imagesearch_ingest.settings_values.extra_settings import EXTRA, read_extra

# Texts about keys. Keys of some scripts hold joiners between their letters, and wide blanks.
_ABOUT_KEYS = frozenset({"key_template", "key_regex", "key_prefix", "include", "exclude", "category_words"})
_LISTS = frozenset({"include", "exclude"})  # line breaks separate their items
# Scripts and other tools read these, too. A line break that is removed here alone would still fail there.
_QUEUES = frozenset({"queue_url", "dead_letter_queue_url"})
_CONTENT = "default_"  # stored with pictures as it is
_ANY_TEXT = frozenset({"default_custom_content", "ca_bundle"})  # a text without rules; a path, which must exist
_NAMES_OF_THINGS = frozenset({"bucket", "key_prefix", "instance_name"})
# What a template of another tool leaves behind if a value is missing.
_PLACEHOLDER = re.compile(r"null|none|nil|undefined|\$\w+|\$?\{+[^}]*\}+|<[^>]*>", re.IGNORECASE)
_JOINERS = re.compile("(?<=[^\x00-\x7f])[\u200c\u200d](?=[^\x00-\x7f])")
_WIDE_BLANKS = re.compile("[\u1680\u2000-\u200a\u205f\u3000]")
_BETWEEN_RULES = re.compile(r"\s+(?:\||->)\s+")  # rules and their parts may stand on lines of their own
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})  # Unicode's general categories
_NAMES = {"\n": "a line break", "\r": "a line break", "\t": "a tab"}


def read_environment(environ: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Return the values by the fields that they belong to, without blanks around them. A blank value is left out.

    The values in the JSON of the further settings are among them, if they are not variables as well.
    """
    variables = read_extra(environ, prefix).values | {name: value for name, value in environ.items() if value.strip()}
    fields = {name.removeprefix(prefix).lower(): value for name, value in variables.items() if name.startswith(prefix)}
    fields.pop(EXTRA, None)
    return {field: value.strip(_around(field)) for field, value in fields.items() if value.strip()}


def _around(field: str) -> str | None:
    """Return the characters to remove around a value; ``None`` means all blanks."""
    return " \t" if field in _QUEUES else None


def find_bad_characters(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each field whose value is no value or holds what nobody sees, and what to do.

    That is quotes around it, a character without a picture, or a placeholder.
    """
    for field, value in given.items():
        if field in _ANY_TEXT:
            continue
        if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
            yield field, "remove the quotes around it"
        elif bad := _find_invisible(_without_allowed(field, value)):
            yield field, f"it contains {bad}; remove it"
        elif field in _NAMES_OF_THINGS and _PLACEHOLDER.fullmatch(value.rstrip("/")):
            yield field, "it is a placeholder; write the value"


def _without_allowed(field: str, value: str) -> str:
    """Return the value without the unusual characters that this field may hold."""
    if field in _LISTS:
        value = re.sub("[\r\n]", "", value)
    if field.startswith("key_"):
        value = _BETWEEN_RULES.sub("", value)
    if field in _ABOUT_KEYS or field.startswith(_CONTENT):
        value = _WIDE_BLANKS.sub("", _JOINERS.sub("", value))
    return value


def _find_invisible(value: str) -> str | None:
    if value.isascii() and value.isprintable():
        return None
    for character in value:
        if character != " " and unicodedata.category(character) in _INVISIBLE:
            code = f"U+{ord(character):04X}"
            name = _NAMES.get(character) or unicodedata.name(character, "a control character").lower()
            return f"the character {code} ({name})"
    return None
