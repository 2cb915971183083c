"""Tell a person what the command waits for."""

import time
from dataclasses import dataclass, field

from imagesearch_ops import output

_SECONDS = 30.0


@dataclass(slots=True)
class Teller:
    """Print lines for people on standard error: news at once, the same again only now and then."""

    _last: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        output.message(text)
        self._last = time.monotonic()

    def still(self, text: str) -> None:
        """Say how far the command is, twice a minute at most."""
        if time.monotonic() - self._last >= _SECONDS:
            self.say(text)
