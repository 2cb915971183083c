"""What must be true in the end, and of each dead letter at the instant when it is written.

Each object is in the index as the bucket has it, or has a dead letter, or was skipped on purpose. What a letter says is
held against what really was: its reason, and what the index holds.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from tests.chaos.bucket import Act, Bucket, Change
from tests.chaos.instance import Instance
from tests.chaos.journal import Journal
from tests.chaos.setup import TIMEOUTS
from tests.chaos.timeline import Timeline

NEVER_LETTERED = {
    *("throttled", "not_begun"),
    *("credentials", "instance_unavailable", "instance_full", "bucket_missing", "bucket_forbidden", "settings_refused"),
}
LAST_RECEIVE = 8
EXCLUDED = "tmp/"
LONGEST_KEY = 256
LONGEST_INVOCATION = max(TIMEOUTS.values())


@dataclass(slots=True)
class Ledger:
    """``complaints`` are what is not true; it balances when there are none."""

    timeline: Timeline
    bucket: Bucket
    instance: Instance
    journal: Journal
    complaints: list[str] = field(default_factory=list)
    letters: list[DeadLetter] = field(default_factory=list)
    _written: dict[str, list[tuple[float, DeadLetter]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def record_ids(self) -> set[str]:
        return {letter.record_id for letter in self.letters}

    def complain(self, key: str, what: str) -> None:
        complaint = f"{key}: {what} (at {self.timeline.now:.3f})"
        self.complaints.append(complaint)
        self.journal.note("COMPLAINT", complaint)

    def letter(self, letter: DeadLetter) -> None:
        self.letters.append(letter)
        self.journal.note("letter", letter.code, letter.index_holds, letter.receive_count)
        if letter.source is None:
            self.complain("", f"a dead letter without an object: {letter.code}")
            return
        key = letter.source.key
        self._written[key].append((self.timeline.now, letter))
        spoken_of = [change for change in self.bucket.history.get(key, ()) if _speaks_of(letter.source, change)]
        if wrong := self._wrong_reason(letter, spoken_of) or self._wrong_holding(letter, spoken_of):
            self.complain(key, f"a dead letter with {wrong}")

    def _wrong_reason(self, letter: DeadLetter, spoken_of: list[Change]) -> str | None:
        key, code = letter.source.key if letter.source else "", letter.code
        if code in NEVER_LETTERED:
            return f"the reason {code}, for which there is none ever"
        if letter.fault_class == "permanent":
            met = self.journal.faults[letter.function.request_id, key]
            true = (spoken_of and code in met) or any(deserved(change) == code for change in spoken_of)
            return None if true else f"the untrue reason {code}"
        if letter.receive_count < LAST_RECEIVE:
            return f"the transient reason {code} at receive {letter.receive_count}"
        if code == "object_changing":
            last = max(change.at for change in self.bucket.history[key])
            moved = self.timeline.now - last < LONGEST_INVOCATION
            return None if moved else "object_changing for one that stood still"
        met = self.journal.faults[letter.function.request_id, key]
        return None if code in met else f"the reason {code}, where it met {sorted(met)}"

    def _wrong_holding(self, letter: DeadLetter, spoken_of: list[Change]) -> str | None:
        """``previous`` while the index shows this very upload; ``unknown`` of what surely did not act.

        A later one may be shown by the time that the letter is written: another worker has been quicker.
        """
        key = letter.source.key if letter.source else ""
        shown = self.instance.reflects.get(key, 0)
        about = {self.bucket.first_serial(key, change) for change in spoken_of}
        if letter.index_holds == "previous" and about == {shown}:
            return f"index_holds previous, while the index shows this very change, {shown}"
        known = (letter.function.request_id, key) not in self.journal.reached
        if letter.index_holds == "unknown" and known and not self._forgotten(letter):
            return "index_holds unknown, though no request for it can have acted"
        return None

    def _forgotten(self, letter: DeadLetter) -> bool:
        """What earlier receives have done is written nowhere; nor what another announcement has, of a picture that is
        refused by a mood of the service.
        """
        key = letter.source.key if letter.source else ""
        if letter.fault_class == "transient":
            return letter.receive_count > 1
        return letter.code in self.journal.faults[letter.function.request_id, key]

    def balance(self) -> None:
        """When nothing is under way any more."""
        for key in self.bucket.history:
            self._balance_key(key)
        for product_id, pic_name in self.instance.entries:
            if product_id != product_of(pic_name):
                self.complain(pic_name, f"in the index as {product_id}")
            if pic_name not in self.bucket.history:
                self.complain(pic_name, "in the index, and never in the bucket")

    def _balance_key(self, key: str) -> None:
        last = [change for change in self.bucket.history[key] if change.act is not Act.EXPIRE][-1]
        entry = self.instance.entries.get((product_of(key), key))
        known = self.bucket.uploads(key).get(entry.int_attr or 0) if entry else None
        if entry and (known is None or known.content is None or known.content.data != entry.pic_content):
            return self.complain(key, "in the index with what the bucket never had")
        if self._lettered(key, last):
            return None
        if last.after and deserved(last) and not is_skipped(key):
            return self.complain(key, f"no dead letter, though it deserves one: {deserved(last)}")
        wanted = last.after.number if last.after and not is_skipped(key) else None
        held = known.number if known else None
        return None if held == wanted else self.complain(key, f"in the index with upload {held} instead of {wanted}")

    def _lettered(self, key: str, last: Change) -> bool:
        return any(at >= last.at and _speaks_of(letter.source, last) for at, letter in self._written[key])


def deserved(change: Change) -> str | None:
    """The reason of the dead letter that the key's content deserves after this change."""
    if len(change.key) > LONGEST_KEY:
        return "key_too_long"
    return change.after.content.deserves if change.after and change.after.content else None


def is_skipped(key: str) -> bool:
    return key.startswith(EXCLUDED) or key.endswith("/")


def product_of(key: str) -> str:
    """The default rule, said once more: the folder, or the file's stem."""
    parts = key.split("/")
    return parts[-2] if len(parts) > 1 else key.rpartition(".")[0]


def _speaks_of(source: Source | None, change: Change) -> bool:
    """A letter names the content that was read, or else the one that its event has told."""
    if source is None:
        return False
    state = change.after.state if change.after else None
    if source.version_id not in (None, change.version_id, state.version_id if state else None):
        return False
    if source.etag is None:
        return change.act not in (Act.PUT, Act.COPY)
    return state is not None and source.etag == state.etag
