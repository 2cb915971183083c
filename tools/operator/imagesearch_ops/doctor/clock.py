"""Compare this machine's clock with those of the services, by the header Date of their answers."""

import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

MOST_SECONDS = 60


@dataclass(slots=True)
class Clock:
    """``offsets`` are the seconds by which each service is ahead. ``refusals`` are the codes that blame the clock."""

    offsets: dict[str, float] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)

    def note(self, service: str, date: str | None, now: float | None = None) -> None:
        """Take one header Date. It is ignored if it is no date."""
        try:
            theirs = parsedate_to_datetime(date or "").timestamp()
        except (ValueError, TypeError):
            return
        self.offsets[service] = theirs + 0.5 - (time.time() if now is None else now)

    def refuse(self, service: str, code: str) -> None:
        """Take the code of a service that refused the time of a request."""
        self.refusals[service] = code

    def watch(self, client: Any, service: str) -> None:  # noqa: ANN401 - botocore's clients are made at run time
        """Take the dates of all answers that this client of botocore gets, errors included."""

        def on_response(response_dict: dict[str, Any] | None, **_: object) -> None:
            headers = (response_dict or {}).get("headers") or {}
            self.note(service, next((value for name, value in headers.items() if name.lower() == "date"), None))

        client.meta.events.register("response-received", on_response)

    @property
    def is_wrong(self) -> bool:
        """Return whether a service tells another time."""
        return self.worst is not None and abs(self.worst[1]) > MOST_SECONDS

    @property
    def worst(self) -> tuple[str, float] | None:
        """Return the service that differs most, and by how many seconds it is ahead."""
        return max(self.offsets.items(), key=lambda item: abs(item[1]), default=None)
