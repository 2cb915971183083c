"""Why a request is refused: a code of the API reference's list, and the status that belongs to it."""

import uuid

from local_cloud.smq.documents import document

# SMQ API reference, "Error codes". The two about tokens are in no list; they are OSS's.
STATUSES = {
    "InvalidAccessKeyId": 403,
    "InternalError": 500,
    "InvalidArgument": 400,
    "InvalidAuthorizationHeader": 400,
    "InvalidDateHeader": 400,
    "InvalidDegist": 400,
    "InvalidQueryString": 400,
    "InvalidQueueName": 400,
    "InvalidRequestURL": 400,
    "InvalidSecurityToken": 403,
    "InvalidVersionHeader": 400,
    "MalformedXML": 400,
    "MessageNotExist": 404,
    "MissingAuthorizationHeader": 400,
    "MissingDateHeader": 400,
    "MissingReceiptHandle": 400,
    "MissingVersionHeader": 400,
    "MissingVisibilityTimeout": 400,
    "QueueAlreadyExist": 409,
    "QueueNotExist": 404,
    "ReceiptHandleError": 400,
    "SecurityTokenExpired": 403,
    "SignatureDoesNotMatch": 403,
    "TimeExpired": 408,
}


class Refusal(Exception):  # noqa: N818 - the word for it here
    """``status`` only for a code that is not the service's own, as a scripted one may be."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message or code
        self.status = status or STATUSES[code]

    def body(self) -> bytes:
        fields = {
            "Code": self.code,
            "Message": self.message,
            "RequestId": uuid.uuid4().hex[:24].upper(),
            "HostId": "https://127.0.0.1",
        }
        return document("Error", fields)


def between(name: str, value: int, low: int, high: int, unit: str = "seconds") -> int:
    """Raises ``Refusal``, in the words of the list."""
    if not low <= value <= high:
        raise Refusal("InvalidArgument", f"The value of {name} should between {low} and {high} {unit}.")
    return value
