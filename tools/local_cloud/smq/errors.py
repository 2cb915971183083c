"""The errors of SMQ, with the codes and statuses of the API reference."""

from local_cloud.server.errors import ServiceError

# SMQ API reference, "Error codes". The two token codes are not documented for SMQ; they are OSS's.
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


class SmqError(ServiceError):
    """An error response. A ``status`` allows a code that is not documented, for scripted faults."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(code, status or STATUSES[code], message or code)


def require_between(name: str, value: int, low: int, high: int, unit: str = "seconds") -> int:
    """Return the value. Raise ``SmqError`` with the documented text if it is outside the limits."""
    if not low <= value <= high:
        raise SmqError("InvalidArgument", f"The value of {name} should between {low} and {high} {unit}.")
    return value
