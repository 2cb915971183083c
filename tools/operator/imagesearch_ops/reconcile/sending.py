"""Announce objects, and say which were accepted."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing

from imagesearch_ops.announcing.announcer import Announcer
from imagesearch_ops.audit.difference import Difference


def announce(announcer: Announcer, found: Iterable[Difference], tell: Callable[[Difference], None]) -> None:
    """Announce the keys of all differences, and tell each once the queue has accepted it. Raise ``IngestError``."""
    sent: deque[Difference] = deque()

    def keys() -> Iterator[str]:
        for one in found:
            sent.append(one)
            yield str(one.key)

    told = 0
    with closing(announcer.announce(keys())) as progress:
        for accepted in progress:
            while told < accepted:
                tell(sent.popleft())
                told += 1
