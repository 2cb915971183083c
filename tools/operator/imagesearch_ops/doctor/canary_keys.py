"""Choose a key for the canary: one that nobody uses, and that the key rule of the deployment takes."""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence

from imagesearch_ingest.attributes import CATEGORY_WORD, collect
from imagesearch_ingest.identity.grammar import split_rules
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.settings import Settings

# For a rule that is a regular expression, and for none. Patterns may want a folder, a number or another suffix.
_SHAPES = (
    "{name}/{name}.{suffix}",
    "{name}.{suffix}",
    "{number}/{name}.{suffix}",
    "{number}/{number}.{suffix}",
    "{name}/{number}/{name}.{suffix}",
    "{number}_{number}.{suffix}",
    "{number}-{number}.{suffix}",
    "{number}.{suffix}",
    "{number}_{name}.{suffix}",
)
_SUFFIXES = ("jpg", "jpeg", "JPG", "png")
_FIELD = re.compile(r"\{([^{}]*)\}")
_ARROW = re.compile(r"\s+->\s+")
_NUMBERS = {"category_id": "88888888", "crop": "true", "region": "0,100,0,100"}
_PARTS = re.compile(r"[0-9]+|[A-Za-z]+")
_FOLDERS = re.compile(r"[,{}*?\[\]!]")


def choose_key(settings: Settings, prefix: str, keys: Sequence[str]) -> tuple[str, ImageIdentity] | None:
    """Return a key below the prefix, with its IDs, or ``None`` if none was found. ``keys`` are examples."""
    for key in _candidates(settings, prefix, keys):
        if key not in keys and (identity := _identify(settings, key)):
            return key, identity
    return None


def _identify(settings: Settings, key: str) -> ImageIdentity | None:
    try:
        identity = settings.identity_rule().identify(key)
        collect({}, identity.groups, settings.default_attributes(), settings.attribute_policy())
    except IngestError:
        return None
    return identity


def _candidates(settings: Settings, prefix: str, keys: Sequence[str]) -> Iterator[str]:
    start = settings.key_prefix if settings.key_prefix.startswith(prefix) else prefix
    for rule in split_rules(settings.key_template) if settings.key_template else ():
        yield start + _fill_template(_ARROW.split(rule)[0], settings)
    for folder in ("", *_find_folders(settings.include)):
        for shape in _SHAPES:
            for suffix in _SUFFIXES:
                yield start + folder + shape.format(name=_name(), number=_number(), suffix=suffix)
    for key in keys:
        if key.startswith(start):
            yield from _vary(key, len(start))


def _fill_template(rule: str, settings: Settings) -> str:
    def fill(found: re.Match[str]) -> str:
        field = found[1]
        if "|" in field:
            return field.partition("|")[0]
        if field == CATEGORY_WORD:
            return next(iter(settings.category_words), "")
        return _number() if field.startswith("int_attr") else _NUMBERS.get(field, _name().replace("-", ""))

    return _FIELD.sub(fill, rule)


def _find_folders(include: Iterable[str]) -> Iterator[str]:
    """Yield the folders with which include patterns begin."""
    for pattern in include:
        folder, slash, _ = pattern.rpartition("/")
        if slash and not _FOLDERS.search(folder):
            yield f"{folder}/"


def _vary(key: str, start: int) -> Iterator[str]:
    """Yield the key with one of its numbers or words replaced by another of the same length, the last first."""
    for part in reversed(list(_PARTS.finditer(key, start))):
        alphabet = "0123456789" if part[0][0].isdigit() else "abcdefghijkmnpqrstuvwxyz"
        if len(part[0]) > 3:  # noqa: PLR2004 - shorter ones are hardly unique, and suffixes
            yield key[: part.start()] + "".join(secrets.choice(alphabet) for _ in part[0]) + key[part.end() :]


def _name() -> str:
    return f"doctor-canary-{secrets.token_hex(4)}"


def _number() -> str:
    return str(900_000_000 + secrets.randbelow(99_999_999))
