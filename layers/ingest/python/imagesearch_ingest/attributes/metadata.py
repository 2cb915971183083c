"""Read attributes from an object's user metadata, such as ``imagesearch-category-id``."""

import difflib
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from imagesearch_ingest.attributes.encoded_words import decode
from imagesearch_ingest.attributes.limits import NAMES, describe
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason

PREFIX = "imagesearch-"
NAMES_IN_METADATA = {name.replace("_", "-"): name for name in NAMES}
# Names that mean one of ours. An uploader may have written the header's name, which the bucket would add itself.
_OURS = re.compile(r"(?:x-(?:amz|oss)-meta-)?image[-_. ]?search(?P<name>.+)?", re.IGNORECASE | re.DOTALL)
_PLAIN = {name.replace("_", ""): f"{PREFIX}{name.replace('_', '-')}" for name in NAMES}


def read_metadata(metadata: Mapping[str, str], wanted: AbstractSet[str]) -> dict[str, str]:
    """Return the decoded text of each wanted attribute that the metadata has.

    Raise ``IngestError``, ``ATTRIBUTE_INVALID``, for a name that is almost one of ours, wanted or not, and for a wanted
    value that cannot be decoded.
    """
    return dict(_read(metadata, wanted))


def _read(metadata: Mapping[str, str], wanted: AbstractSet[str]) -> Iterator[tuple[str, str]]:
    for written, value in metadata.items():
        name = NAMES_IN_METADATA.get(written[len(PREFIX) :].lower()) if written.lower().startswith(PREFIX) else None
        if name is None:
            _refuse_misspelt(written)
        elif name in wanted:
            try:
                yield name, decode(value)
            except ValueError as fault:
                raise IngestError(
                    Reason.ATTRIBUTE_INVALID, describe(f"{name} (from metadata)", value, str(fault))
                ) from None


def _refuse_misspelt(written: str) -> None:
    found = _OURS.fullmatch(written)
    if found and found["name"]:
        plain = re.sub("[^a-z0-9]", "", found["name"].lower())
        nearest = difflib.get_close_matches(plain, _PLAIN, n=1)
        hint = f". Did you mean {_PLAIN[nearest[0]]}?" if nearest else ""
        raise IngestError(Reason.ATTRIBUTE_INVALID, f"the object's metadata has an unknown attribute: {written}{hint}")
