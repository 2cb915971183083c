"""Errors that a service answers a request with."""


class ServiceError(Exception):
    """An error response of a service: its documented code, HTTP status and message."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status
        self.message = message
