"""Collect the attributes that are stored with a picture, and validate them against the limits of the service."""

from imagesearch_ingest.attributes.blame import blame
from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.attributes.sources import NO_ATTRIBUTES, Attributes, Source, collect, label

__all__ = ["NAMES", "NO_ATTRIBUTES", "Attributes", "Source", "blame", "collect", "describe", "label", "parse"]
