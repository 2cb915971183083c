"""Errors that a request is answered with."""

from http import HTTPStatus


class ServiceError(Exception):
    """An error response of a service: its documented code, HTTP status and message."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message


class RefusedRequestError(Exception):
    """A request that breaks the rules of HTTP. It is answered before any service sees it."""

    def __init__(self, reason: str, status: int = HTTPStatus.BAD_REQUEST) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status
