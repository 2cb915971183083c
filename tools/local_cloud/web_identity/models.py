"""The federation of one AWS account: whether it is enabled, who its issuer is, and what has been issued."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

from local_cloud.server.jwt import ES384, RS256, PrivateKey, make_key

ACCOUNT = "123456789012"  # moto's


@dataclass
class Federation:
    """The state of the account. A test may change every field at any time.

    ``subject`` is the ARN of the principal that calls, ``clock_skew`` how many seconds AWS's clock is ahead, and
    ``is_allowed`` whether the principal has the permission sts:GetWebIdentityToken.
    """

    is_enabled: bool = False
    is_allowed: bool = True
    subject: str = f"arn:aws:iam::{ACCOUNT}:role/local-ingest"
    clock_skew: float = 0.0
    clock: Callable[[], float] = time.time
    issuer: str = field(default_factory=lambda: f"https://{uuid.uuid4()}.tokens.sts.global.api.aws")
    keys: dict[str, PrivateKey] = field(default_factory=lambda: {name: make_key(name) for name in (RS256, ES384)})
    issued: list[str] = field(default_factory=list)  # every token so far

    def now(self) -> float:
        return self.clock() + self.clock_skew
