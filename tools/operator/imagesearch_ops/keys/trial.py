"""Tell what a rule makes of one key."""

from dataclasses import dataclass
from typing import Any

from imagesearch_ingest.attributes import collect
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ops.keys.rules import TriedRule

MATCHED, EXCLUDED, UNMATCHED, TOO_LONG, INVALID = "matched", "excluded", "unmatched", "too_long", "invalid_attributes"
OUTCOMES = (MATCHED, EXCLUDED, UNMATCHED, TOO_LONG, INVALID)
_OUTCOMES = {
    Reason.NEVER_A_PICTURE: EXCLUDED,
    Reason.EXCLUDED: EXCLUDED,
    Reason.KEY_NOT_MATCHED: UNMATCHED,
    Reason.KEY_TOO_LONG: TOO_LONG,
}


@dataclass(slots=True)
class Trial:
    """A key, its outcome, and its entry if it would get one. ``detail`` explains the reason."""

    key: str
    outcome: str = MATCHED
    identity: ImageIdentity | None = None
    attributes: dict[str, Any] | None = None
    reason: str | None = None
    detail: str = ""

    def public(self) -> dict[str, object]:
        """Return the JSON line."""
        return {
            "key": self.key,
            "product_id": self.identity and self.identity.product_id,
            "pic_name": self.identity and self.identity.pic_name,
            "attributes": self.attributes or {},
            "reason": self.reason,
        }


def try_key(tried: TriedRule, key: str) -> Trial:
    """Return what the function would make of the key, as far as the key alone decides."""
    try:
        identity = tried.rule.identify(key)
        attributes = dict(identity.groups)
        if attributes and tried.attributes:
            attributes = collect({}, attributes, {}, tried.attributes).given()
    except IngestError as error:
        return Trial(key, _OUTCOMES.get(error.reason, INVALID), reason=error.reason.code, detail=error.detail)
    return Trial(key, MATCHED, identity, attributes)
