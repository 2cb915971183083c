"""Issue OSS post policies and check uploads against them (OSS, PostObject, "Appendix: Policy").

Only the conditions that are issued here are checked; a policy with others cannot have a valid signature.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_cloud.image_search.errors import UploadError

POLICY_LIFETIME_SECONDS = 3600
# The real limit is not known. It is above AddImage's 4 MiB, so that AddImage refuses a picture of 5 MiB.
MAX_UPLOAD_BYTES = 10 * 1024 * 1024


class PostPolicies:
    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._access_key_id = f"LOCALUPLOAD{secrets.token_hex(6).upper()}"
        self._secret = secrets.token_bytes(32)

    def issue(self, bucket: str, key: str) -> dict[str, str]:
        """Return the form fields that authorize the upload of one key to ``bucket``."""
        expiry = datetime.fromtimestamp(self._clock() + POLICY_LIFETIME_SECONDS, UTC)
        policy = {
            "expiration": expiry.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "conditions": [
                {"bucket": bucket},
                ["eq", "$key", key],
                ["content-length-range", 0, MAX_UPLOAD_BYTES],
            ],
        }
        encoded = base64.b64encode(json.dumps(policy).encode()).decode()
        return {"AccessKeyId": self._access_key_id, "EncodedPolicy": encoded, "Signature": self._sign(encoded)}

    def verify(self, form: Mapping[str, str], size: int) -> None:
        """Raise ``UploadError`` unless the form carries a policy issued here and meets its conditions."""
        if form.get("OSSAccessKeyId") != self._access_key_id:
            raise UploadError("InvalidAccessKeyId")
        if not hmac.compare_digest(self._sign(form.get("policy", "")), form.get("Signature", "")):
            raise UploadError("SignatureDoesNotMatch")
        # The signature proves that the policy was issued here, so it is base64 of JSON.
        policy = json.loads(base64.b64decode(form["policy"]))
        if self._clock() > datetime.fromisoformat(policy["expiration"]).timestamp():
            raise UploadError("AccessDenied", "Policy expired.")
        for condition in policy["conditions"]:
            _check(condition, form, size)

    def _sign(self, encoded: str) -> str:
        return base64.b64encode(hmac.new(self._secret, encoded.encode(), hashlib.sha1).digest()).decode()


def _check(condition: Any, form: Mapping[str, str], size: int) -> None:  # noqa: ANN401 - a policy's JSON
    match condition:
        case ["content-length-range", least, most]:
            if not least <= size <= most:
                raise UploadError("EntityTooLarge", f"({size} of {most} bytes).")
        case ["eq", "$key", key]:
            if form.get("key") != key:
                raise UploadError("AccessDenied", f"Policy Condition failed: {json.dumps(condition)}")
