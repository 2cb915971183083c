"""What may be stored beside a picture, to filter and to describe it: which values, from where, within which limits."""

from imagesearch_ingest.attributes.blame import blame
from imagesearch_ingest.attributes.limits import NAMES, describe, parse
from imagesearch_ingest.attributes.sources import NO_ATTRIBUTES, Attributes, Source, collect, label

__all__ = ["NAMES", "NO_ATTRIBUTES", "Attributes", "Source", "blame", "collect", "describe", "label", "parse"]
