"""Probe of AWS's tokens for other clouds. The token itself is never shown."""

import base64
import json
import re

from botocore.exceptions import ClientError

from tests.live.account import Account
from tests.live.probe import AWS, Finding, cannot_tell, holds, judge, probe

_AUDIENCE = "sts.aliyuncs.com"
_KNOWN = re.compile(
    r"(OutboundWebIdentityFederationDisabled|JWTPayloadSizeExceeded|SessionDurationEscalation)(Exception)?"
)


@probe("AWS-26", AWS, "1 GetWebIdentityToken", leaves="how long a session of Lambda lasts, and other errors")
def ask_token(account: Account) -> Finding:
    sts = account.aws("sts")
    caller = sts.get_caller_identity()["Arn"]
    try:
        answer = sts.get_web_identity_token(Audience=[_AUDIENCE], SigningAlgorithm="RS256", DurationSeconds=60)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if _KNOWN.fullmatch(code):
            return holds(f"refused with {code}, which is known")
        return cannot_tell(f"refused with {code}: this key may not ask for a token")
    token = answer["WebIdentityToken"]
    account.redactor.learn(token)
    subject = read_subject(token)
    return judge(not is_session(subject), f"sub is {subject} for {caller}")


def read_subject(token: str) -> str:
    payload = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])


def is_session(arn: str) -> bool:
    return ":assumed-role/" in arn
