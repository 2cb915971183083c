"""Tell a person what the command waits for."""

import time
from dataclasses import dataclass, field

from imagesearch_ops import output


@dataclass(slots=True)
class Teller:
    """Print lines for people on standard error: news at once, the same again every ``seconds``; 0 is never."""

    seconds: float
    _last: float = field(default_factory=time.monotonic)

    def say(self, text: str) -> None:
        output.message(text)
        self._last = time.monotonic()

    def still(self, text: str) -> None:
        """Say that the command still waits, now and then."""
        if self.seconds and time.monotonic() - self._last >= self.seconds:
            self.say(text)
