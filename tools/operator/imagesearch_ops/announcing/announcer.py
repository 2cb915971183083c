"""Send announcements to the ingest queue, in the order of the keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from imagesearch_ingest.events import write_announcement
from imagesearch_ingest.model.objects import ObjectRef
from imagesearch_ops.queues import OperatorQueue
from imagesearch_ops.run_folder import RunFolder


@dataclass(frozen=True, slots=True)
class Announcer:
    """Announce objects of one bucket. ``why`` is one of ``announcement.WHYS``."""

    queue: OperatorQueue
    bucket: str
    why: str
    run: str
    folder: RunFolder

    def announce(self, keys: Iterable[str]) -> Iterator[int]:
        """Announce the keys. Yield how many keys from the beginning on are all accepted, now and then and at the end.

        Each batch has a line in the journal before it is sent. Raise ``IngestError`` if a key is not accepted.
        """
        done, remaining = 0, iter(keys)
        while batch := list(islice(remaining, 10)):
            self.folder.journal({"action": "announce", "first": batch[0], "last": batch[-1], "keys": len(batch)})
            refs = [ObjectRef(self.queue.cloud, self.bucket, key) for key in batch]
            for error in self.queue.send([write_announcement(ref, self.why, self.run) for ref in refs]):
                if error:
                    raise error
            done += len(batch)
            yield done
