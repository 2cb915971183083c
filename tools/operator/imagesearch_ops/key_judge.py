"""Judge each object by its key alone, as the function would."""

from typing import NamedTuple

from imagesearch_ingest.attributes import collect
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.images import ImageIdentity
from imagesearch_ingest.model.reasons import Reason, Result
from imagesearch_ingest.settings import Settings
from imagesearch_ops.buckets.port import ListedObject


class Refusal(NamedTuple):
    """Why a key is not taken."""

    reason: Reason
    detail: str

    @property
    def is_skipped(self) -> bool:
        return self.reason.result is Result.SKIPPED


class KeyJudge:
    """Judge keys by the settings of a deployment."""

    def __init__(self, settings: Settings) -> None:
        self.rule = settings.identity_rule()
        self._attributes = settings.attribute_policy()

    def judge(self, listed: ListedObject) -> ImageIdentity | Refusal:
        """Return the IDs, or why the function would not look at the object."""
        if not listed.size and listed.key.endswith("/"):
            return Refusal(Reason.FOLDER_MARKER, "the key ends in '/' and the object is empty")
        try:
            identity = self.rule.identify(listed.key)
            if identity.groups:
                collect({}, identity.groups, {}, self._attributes)
        except IngestError as error:
            return Refusal(error.reason, error.detail)
        return identity
