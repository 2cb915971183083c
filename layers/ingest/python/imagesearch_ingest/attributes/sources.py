"""Collect attributes from three sources: the object's key, its user metadata, and the defaults of the settings.

The key takes precedence, because the operator's key rule reads it. Then comes the metadata, which the uploader writes,
then the settings. An empty value counts as not given in all three.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.attributes.metadata import read_metadata
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_MOST_WORDS = 20  # in a message
CATEGORY_WORD = "category_word"  # a field of key rules: a word that the settings translate into a category_id


class Source(StrEnum):
    """The source of a value, which decides the class of the fault if it is refused."""

    METADATA = "metadata"
    KEY = "key"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one picture. Names and meanings are those of the AddImage reference.

    ``region`` is in pixels of the picture as it is displayed. With a region there is no ``crop``, because the service's
    documents contradict each other on which of the two takes precedence.
    """

    category_id: int | None = None
    int_attr: int | None = None
    int_attr_2: int | None = None
    int_attr_3: int | None = None
    int_attr_4: int | None = None
    str_attr: str | None = None
    str_attr_2: str | None = None
    str_attr_3: str | None = None
    str_attr_4: str | None = None
    custom_content: str | None = None
    crop: bool | None = None
    region: str | None = None
    sources: Mapping[str, Source] = field(default_factory=dict, compare=False)

    def source_of(self, name: str) -> Source | None:
        """Return the source that supplied the attribute, or ``None`` if it has no value."""
        return self.sources.get(name)

    def given(self) -> dict[str, Any]:
        """Return the attributes that have a value, by name."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


NO_ATTRIBUTES = Attributes()


@dataclass(frozen=True, slots=True)
class AttributePolicy:
    """What the settings say about the other sources.

    ``from_metadata`` are the attributes that metadata may set; if it is empty, metadata is not read at all.
    ``category_words`` are CategoryIds by words of keys, in folded case.
    """

    from_metadata: frozenset[str] = frozenset(NAMES)
    category_words: Mapping[str, int] = field(default_factory=dict)


def collect(
    metadata: Mapping[str, str],
    groups: Mapping[str, str],
    defaults: Mapping[str, Any],
    policy: AttributePolicy = AttributePolicy(),
) -> Attributes:
    """Return the attributes of a picture from its metadata, the groups of its key, and the validated defaults.

    Raise ``IngestError``: ``CATEGORY_INVALID`` if only the category is invalid, otherwise ``ATTRIBUTE_INVALID``. The
    detail names every invalid value, its source and the limit, and its length if it is long.
    """
    faults: dict[str, str] = {}
    texts = _add_source(Source.KEY, _translate_category_word(groups, policy.category_words, faults))
    wanted = policy.from_metadata - texts.keys() - faults.keys()
    if policy.from_metadata:
        texts |= _add_source(Source.METADATA, read_metadata(metadata, wanted))
    values = dict(defaults)
    for name, (source, text) in texts.items():
        try:
            values[name] = parse(name, text)
        except ValueError as fault:
            faults[name] = describe(label(name, source), text, str(fault))
    if faults:
        reason = Reason.CATEGORY_INVALID if faults.keys() == {"category_id"} else Reason.ATTRIBUTE_INVALID
        raise IngestError(reason, "; ".join(faults.values()))
    if "region" in values:
        values.pop("crop", None)
    return Attributes(**values, sources={name: texts.get(name, (Source.SETTINGS,))[0] for name in values})


def fold_word(word: str) -> str:
    """Return a category word as it is looked up: its case does not matter."""
    return word.casefold()


def _translate_category_word(
    groups: Mapping[str, str], words: Mapping[str, int], faults: dict[str, str]
) -> Mapping[str, str]:
    """Return the groups with ``category_id`` in the place of the word, or add to ``faults``."""
    word = groups.get(CATEGORY_WORD)
    others = {name: text for name, text in groups.items() if name != CATEGORY_WORD}
    if word is None:
        return others
    category = words.get(fold_word(word))
    if category is None:
        known = ", ".join([*words][:_MOST_WORDS]) + (", ..." if len(words) > _MOST_WORDS else "")
        faults["category_id"] = describe(
            label(CATEGORY_WORD, Source.KEY), word, f"INGEST_CATEGORY_WORDS does not contain it, only {known}"
        )
        return others
    return others | {"category_id": str(category)}


def label(name: str, source: Source | None) -> str:
    """Return the name of a value in messages, such as ``str_attr_3 (from metadata)``."""
    return f"{name} (from {source})" if source else name


def _add_source(source: Source, texts: Mapping[str, str]) -> dict[str, tuple[Source, str]]:
    return {name: (source, text) for name, text in texts.items() if text}
