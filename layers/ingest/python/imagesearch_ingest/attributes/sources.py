"""Metadata, key and settings → Attributes: each value from the first of these three that has it.

The object's user metadata comes first, being said of this very picture; then what its key says; the settings' defaults
fill what is left. An empty value counts as not given, wherever it stands.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imagesearch_ingest.attributes.encoded_words import decoded
from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_METADATA_PREFIX = "imagesearch-"
_NAMES_IN_METADATA = {name.replace("_", "-"): name for name in NAMES}


class Source(StrEnum):
    """Who supplied a value, and so whose fault it is when it is refused."""

    METADATA = "metadata"
    KEY = "key"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is stored beside a picture. Names and meanings are those of the AddImage reference.

    ``region`` is in pixels of the picture as it is displayed, and comes without ``crop``: the service's documents
    contradict each other on which of the two wins.
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
        return self.sources.get(name)

    def given(self) -> dict[str, Any]:
        """By name, those that have a value."""
        return {name: value for name in NAMES if (value := getattr(self, name)) is not None}


NO_ATTRIBUTES = Attributes()


def collect(metadata: Mapping[str, str], groups: Mapping[str, str], defaults: Mapping[str, Any]) -> Attributes:
    """``groups`` and ``defaults`` go by the attributes' names; ``defaults`` are values, checked at the start.

    Raises ``IngestError``: ``CATEGORY_INVALID`` when only the category is at fault, else ``ATTRIBUTE_INVALID``. Its
    detail names every value at fault, where it came from, its length if it is long, and the limit.
    """
    texts = _from(Source.KEY, groups) | _from(Source.METADATA, dict(_ours(metadata)))
    values, faults = dict(defaults), {}
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


def label(name: str, source: Source | None) -> str:
    """How messages call a value: ``str_attr_3 (from metadata)``."""
    return f"{name} (from {source})" if source else name


def _from(source: Source, texts: Mapping[str, str]) -> dict[str, tuple[Source, str]]:
    return {name: (source, text) for name, text in texts.items() if text}


def _ours(metadata: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """By attribute, decoded. A name that is nearly one of ours is a fault: a typo must not be silent."""
    for written, value in metadata.items():
        prefix, name = written[: len(_METADATA_PREFIX)].lower(), written[len(_METADATA_PREFIX) :].lower()
        if prefix != _METADATA_PREFIX:
            continue
        if name not in _NAMES_IN_METADATA:
            raise IngestError(Reason.ATTRIBUTE_INVALID, _unknown(written, name))
        try:
            yield _NAMES_IN_METADATA[name], decoded(value)
        except ValueError as fault:
            detail = describe(label(_NAMES_IN_METADATA[name], Source.METADATA), value, str(fault))
            raise IngestError(Reason.ATTRIBUTE_INVALID, detail) from None


def _unknown(written: str, name: str) -> str:
    nearest = difflib.get_close_matches(name, _NAMES_IN_METADATA, n=1)
    hint = f" Is {_METADATA_PREFIX}{nearest[0]} meant?" if nearest else ""
    return f"the object's metadata holds {written}, which is no attribute.{hint}"
