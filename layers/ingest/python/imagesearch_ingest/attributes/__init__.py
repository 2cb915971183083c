"""Collect the attributes that are stored with a picture, and validate them against the limits of the service."""

from imagesearch_ingest.attributes.blame import blame
from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.attributes.metadata import NAMES_IN_METADATA
from imagesearch_ingest.attributes.sources import (
    CATEGORY_WORD,
    NO_ATTRIBUTES,
    AttributePolicy,
    Attributes,
    Source,
    collect,
    fold_word,
    label,
)

__all__ = [
    "CATEGORY_WORD",
    "NAMES",
    "NAMES_IN_METADATA",
    "NO_ATTRIBUTES",
    "AttributePolicy",
    "Attributes",
    "Source",
    "blame",
    "collect",
    "describe",
    "fold_word",
    "label",
    "parse",
]
