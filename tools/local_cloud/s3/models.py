"""moto's S3 with the events of versioned buckets (S3 user guide, "Supported event types").

Once versioning is suspended, a delete replaces the version "null" with a marker of that name (S3 user guide, "Deleting
objects from versioning-suspended buckets"). moto drops all versions there, and fails if one of them is a marker.
"""

from typing import Any

from moto.s3 import notifications
from moto.s3.models import FakeDeleteMarker, S3Backend
from moto.s3.notifications import S3NotificationEvent

_MARKER_CREATED = S3NotificationEvent.OBJECT_REMOVED_DELETE_MARKER_CREATED_EVENT
_REMOVED = S3NotificationEvent.OBJECT_REMOVED_DELETE_EVENT
_NULL = "null"


class LocalS3Backend(S3Backend):
    """Announce each delete marker, and the permanent removal of each version. moto announces neither."""

    def delete_object(
        self,
        bucket_name: str,
        key_name: str,
        version_id: str | None = None,
        bypass: bool = False,  # noqa: FBT001, FBT002 - moto's signature
    ) -> tuple[bool, dict[str, Any]]:
        """Delete as moto does, and announce it."""
        bucket = self.get_bucket(bucket_name)
        if bucket.versioning_status == "Suspended":
            return self._delete_suspended(bucket, key_name, version_id)
        before = bucket.keys.getlist(key_name) or [] if bucket.is_versioned else []
        removed = next((one for one in before if str(one.version_id) == version_id), None)
        found, response = super().delete_object(bucket_name, key_name, version_id, bypass)
        if found and before and version_id is None:
            self._announce(_MARKER_CREATED, bucket, bucket.keys[key_name])
        elif removed is not None and len(before) > 1:  # moto announces the removal of the last version
            self._announce(_REMOVED, bucket, removed)
        return found, response

    def _delete_suspended(self, bucket: Any, key_name: str, version_id: str | None) -> tuple[bool, dict[str, Any]]:  # noqa: ANN401 - moto's types
        before = bucket.keys.getlist(key_name) or []
        removed = next((one for one in before if str(one.version_id) == (version_id or _NULL)), None)
        kept = [one for one in before if one is not removed]
        if version_id is None and before:
            marker = FakeDeleteMarker(before[-1])
            marker._version_id = _NULL  # noqa: SLF001 - moto has no other way in
            bucket.keys.setlist(key_name, [*kept, marker])
            self._announce(_MARKER_CREATED, bucket, marker)
            return True, {"version-id": _NULL, "delete-marker": "true"}
        if removed is None:
            return False, {}
        bucket.keys.setlist(key_name, kept)
        if not kept:
            bucket.keys.pop(key_name)
        self._announce(_REMOVED, bucket, removed)
        return True, {"version-id": version_id}

    def _announce(self, event: S3NotificationEvent, bucket: Any, key: Any) -> None:  # noqa: ANN401 - moto's types
        notifications.send_event(self.account_id, event, bucket, key)
