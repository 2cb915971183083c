"""Collect attributes from three sources: the object's user metadata, its key, and the defaults of the settings.

Metadata takes precedence, then the key, then the settings. An empty value counts as not given in all three.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imagesearch_ingest.attributes.encoded_words import decode
from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

_METADATA_PREFIX = "imagesearch-"
_NAMES_IN_METADATA = {name.replace("_", "-"): name for name in NAMES}


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


def collect(metadata: Mapping[str, str], groups: Mapping[str, str], defaults: Mapping[str, Any]) -> Attributes:
    """Return the attributes of a picture from its metadata, the groups of its key, and the validated defaults.

    Raise ``IngestError``: ``CATEGORY_INVALID`` if only the category is invalid, otherwise ``ATTRIBUTE_INVALID``. The
    detail names every invalid value, its source and the limit, and its length if it is long.
    """
    texts = _add_source(Source.KEY, groups) | _add_source(Source.METADATA, dict(_read_metadata(metadata)))
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
    """Return the name of a value in messages, such as ``str_attr_3 (from metadata)``."""
    return f"{name} (from {source})" if source else name


def _add_source(source: Source, texts: Mapping[str, str]) -> dict[str, tuple[Source, str]]:
    return {name: (source, text) for name, text in texts.items() if text}


def _read_metadata(metadata: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each attribute in the metadata with its decoded value. An unknown name after the prefix is a fault."""
    for written, value in metadata.items():
        prefix, name = written[: len(_METADATA_PREFIX)].lower(), written[len(_METADATA_PREFIX) :].lower()
        if prefix != _METADATA_PREFIX:
            continue
        if name not in _NAMES_IN_METADATA:
            raise IngestError(Reason.ATTRIBUTE_INVALID, _describe_unknown(written, name))
        try:
            yield _NAMES_IN_METADATA[name], decode(value)
        except ValueError as fault:
            detail = describe(label(_NAMES_IN_METADATA[name], Source.METADATA), value, str(fault))
            raise IngestError(Reason.ATTRIBUTE_INVALID, detail) from None


def _describe_unknown(written: str, name: str) -> str:
    nearest = difflib.get_close_matches(name, _NAMES_IN_METADATA, n=1)
    hint = f". Did you mean {_METADATA_PREFIX}{nearest[0]}?" if nearest else ""
    return f"the object's metadata has an unknown attribute: {written}{hint}"
