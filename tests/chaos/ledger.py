"""Check what must hold at the end of a run, and for each dead letter when it is written.

At the end, each object is in the index as the bucket has it, or has a dead letter, or was skipped on purpose. A dead
letter's reason and ``index_holds`` are compared with what really happened.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.letter import Source
from tests.chaos.bucket import Action, Bucket, Change
from tests.chaos.deliveries import Deliveries
from tests.chaos.instance import LimitedIndex
from tests.chaos.journal import Journal
from tests.chaos.setup import TIMEOUTS
from tests.chaos.timeline import Timeline
from tests.support.fakes import FakeDeadLetterQueue

ONLY_IN_LAST_DAY = {
    *("throttled", "not_begun"),
    *("credentials", "instance_unavailable", "instance_full", "bucket_missing", "bucket_forbidden", "settings_refused"),
}
LAST_RECEIVE = 8
EXCLUDED = "tmp/"
LONGEST_KEY = 256
LONGEST_INVOCATION = max(TIMEOUTS.values())


@dataclass(slots=True)
class Ledger:
    """The ledger balances if there are no ``complaints``."""

    timeline: Timeline
    bucket: Bucket
    instance: LimitedIndex
    journal: Journal
    deliveries: Deliveries
    dead_letters: FakeDeadLetterQueue = field(default_factory=FakeDeadLetterQueue)
    complaints: list[str] = field(default_factory=list)
    when_written: Callable[[DeadLetter], None] = lambda _: None
    _first_events: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _written: dict[str, list[tuple[float, DeadLetter]]] = field(default_factory=lambda: defaultdict(list))

    @property
    def letters(self) -> list[DeadLetter]:
        return self.dead_letters.letters

    @property
    def record_ids(self) -> set[str]:
        return {letter.record_id for letter in self.letters}

    def complain(self, key: str, problem: str) -> None:
        complaint = f"{key}: {problem} (at {self.timeline.now:.3f})"
        self.complaints.append(complaint)
        self.journal.note("COMPLAINT", complaint)

    def check_letter(self, letter: DeadLetter) -> None:
        """Complain about a letter whose reason or ``index_holds`` is wrong at this instant."""
        self.journal.note("letter", letter.code, letter.index_holds, letter.receive_count)
        if letter.source is None:
            self.complain("", f"a dead letter without an object: {letter.code}")
            return
        key = letter.source.key
        self._written[key].append((self.timeline.now, letter))
        subjects = [change for change in self.bucket.history.get(key, ()) if _is_about(letter.source, change)]
        if wrong := self._wrong_reason(letter, subjects) or self._wrong_holding(letter, subjects):
            self.complain(key, f"a dead letter with {wrong}")
        self._check_replay(key, letter)
        self.when_written(letter)

    def _check_replay(self, key: str, letter: DeadLetter) -> None:
        """Complain about a letter that does not hold the event of the first letter in its chain: it would nest."""
        replay = letter.replay
        if replay is None:
            return self.complain(key, "a dead letter that does not count its replays")
        if replay.count == 0:
            self._first_events[replay.of].add(letter.original_event)
        elif letter.original_event not in self._first_events[replay.of]:
            self.complain(key, f"replay {replay.count} does not hold the event of the first letter")
        return None

    def _wrong_reason(self, letter: DeadLetter, subjects: list[Change]) -> str | None:
        code = letter.code
        if letter.fault_class == "permanent":
            met = self._met(letter)
            is_true = (subjects and code in met) or any(expected_letter(change) == code for change in subjects)
            return None if is_true else f"the untrue reason {code}"
        is_last_day = self.deliveries.is_last_day(letter)
        if is_last_day is None:
            return f"the reason {code}, for a message that this invocation did not get"
        if is_last_day:
            return None if self._is_met(letter) else f"the reason {code}, but it met {sorted(self._met(letter))}"
        return self._early_end(letter)

    def _early_end(self, letter: DeadLetter) -> str | None:
        """Return why a letter for a fault that may pass should not have been written before the record's last day."""
        code, invocation = letter.code, (letter.function.request_id, letter.source.key if letter.source else "")
        if code in ONLY_IN_LAST_DAY:
            return f"the reason {code} before the last day"
        if letter.receive_count < LAST_RECEIVE:
            return f"the transient reason {code} at receive {letter.receive_count}"
        if code == "object_changing":
            last = max(change.at for change in self.bucket.history[invocation[1]])
            is_recent = self.timeline.now - last < LONGEST_INVOCATION
            return None if is_recent else "object_changing for an object that did not change"
        if code not in self._met(letter):
            return f"the reason {code}, but it met {sorted(self._met(letter))}"
        is_own = code in self.journal.own_faults.get(invocation, ())
        return None if is_own else f"the reason {code}, although nothing shows that the service works for others"

    def _is_met(self, letter: DeadLetter) -> bool:
        """Return whether the letter's reason is true: its object met it, or was not started since others met it."""
        if letter.code in {"not_begun", "object_changing"}:
            return True
        is_started = not letter.message.startswith("not started, since")
        return letter.code in (
            self._met(letter) if is_started else self.journal.met_by_worker(letter.function.request_id)
        )

    def _wrong_holding(self, letter: DeadLetter, subjects: list[Change]) -> str | None:
        """Refuse ``previous`` while the index shows this very upload, and ``unknown`` if no request can have acted.

        The index may show a later upload by the time that the letter is written: another worker was faster.
        """
        key = letter.source.key if letter.source else ""
        shown = self.instance.reflects.get(key, 0)
        about = {self.bucket.first_serial(key, change) for change in subjects}
        if letter.index_holds == "previous" and about == {shown}:
            return f"index_holds previous, but the index shows this very change, {shown}"
        is_known = (letter.function.request_id, key) not in self.journal.reached
        if letter.index_holds == "unknown" and is_known and not self._may_be_forgotten(letter):
            return "index_holds unknown, but no request for the object can have acted"
        return None

    def _may_be_forgotten(self, letter: DeadLetter) -> bool:
        """Return whether an earlier request may have acted that the worker cannot know of.

        A worker does not know what earlier receives did. It does not know either what another announcement's receive
        did for a picture that the service refuses only sometimes.
        """
        if letter.fault_class != "permanent":
            return letter.receive_count > 1
        return letter.code in self._met(letter)

    def _met(self, letter: DeadLetter) -> set[str]:
        """Return the reasons of the faults that the letter's object met in the letter's invocation."""
        key = letter.source.key if letter.source else ""
        return self.journal.faults.get((letter.function.request_id, key), set())

    def balance(self) -> None:
        """Complain about each key that is not as it must be once everything is done."""
        for key in self.bucket.history:
            self._balance_key(key)
        for product_id, pic_name in self.instance.entries:
            if product_id != product_of(pic_name):
                self.complain(pic_name, f"in the index as {product_id}")
            if pic_name not in self.bucket.history:
                self.complain(pic_name, "in the index, but never in the bucket")

    def _balance_key(self, key: str) -> None:
        last = [change for change in self.bucket.history[key] if change.action is not Action.EXPIRE][-1]
        entry = self.instance.entries.get((product_of(key), key))
        known = self.bucket.uploads(key).get(entry.int_attr or 0) if entry else None
        if entry and (known is None or known.payload is None or known.payload.data != entry.pic_content):
            return self.complain(key, "in the index with content that the bucket never had")
        if self._has_letter(key, last):
            return None
        if last.after and expected_letter(last) and not is_skipped(key):
            return self.complain(key, f"no dead letter, but it must have one: {expected_letter(last)}")
        wanted = last.after.number if last.after and not is_skipped(key) else None
        held = known.number if known else None
        return None if held == wanted else self.complain(key, f"in the index with upload {held} instead of {wanted}")

    def _has_letter(self, key: str, last: Change) -> bool:
        return any(at >= last.at and _is_about(letter.source, last) for at, letter in self._written[key])


def expected_letter(change: Change) -> str | None:
    """Return the reason of the dead letter that the key's content must get after this change."""
    if len(change.key) > LONGEST_KEY:
        return "key_too_long"
    return change.after.payload.dead_letter if change.after and change.after.payload else None


def is_skipped(key: str) -> bool:
    return key.startswith(EXCLUDED) or key.endswith("/")


def product_of(key: str) -> str:
    """Return the ProductId of the default rule, written independently: the folder, or the file name's stem."""
    parts = key.split("/")
    return parts[-2] if len(parts) > 1 else key.rpartition(".")[0]


def _is_about(source: Source | None, change: Change) -> bool:
    """Return whether a letter is about the change: it names the content that was read, or else its event's."""
    if source is None:
        return False
    state = change.after.state if change.after else None
    if source.version_id not in (None, change.version_id, state.version_id if state else None):
        return False
    if source.etag is None:
        is_announced = (source.event_name or "").startswith("announced:")
        return is_announced or change.action not in (Action.PUT, Action.COPY)
    return state is not None and source.etag == state.etag
