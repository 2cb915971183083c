"""Decide what a replay does with a record: whether looking at the object again can end in another way.

One HEAD of the object decides. Permanent faults come back as long as object, preparation and rule stay as they were, so
such records are not sent.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.objects import ObjectRef, ObjectState
from imagesearch_ingest.model.reasons import FaultClass, Reason, Stage
from imagesearch_ingest.reconcile.ports import IsolatedPreparer, ObjectStore
from imagesearch_ingest.settings import Settings
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.dlq.letters import Kind, Line, source, to_announce
from imagesearch_ops.etags import plain_etag
from imagesearch_ops.queues.port import retry
from imagesearch_ops.stores import open_store

THREADS = 8
_MEGABYTE = 1_000_000
_PREPARE_SECONDS = 60.0
_COME_BACK = {fault_class for fault_class in FaultClass if fault_class.comes_back}
_DEFAULT_SOURCE_MEGABYTES = Settings.model_fields["max_source_megabytes"].default


class Answer(StrEnum):
    """What happens to a record. ``GONE`` is sent, too: the index follows."""

    SENT = "sent"
    GONE = "gone"
    UNCHANGED = "unchanged"
    CANNOT = "cannot"


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer, and why."""

    answer: Answer
    why: str

    @property
    def sends(self) -> bool:
        return self.answer in (Answer.SENT, Answer.GONE)

    @property
    def text(self) -> str:
        """Return the decision as a line shows it."""
        return f"cannot: {self.why}" if self.answer is Answer.CANNOT else str(self.answer)


@dataclass(slots=True)
class Decider:
    """Decide for many records. ``store`` returns the object store of a cloud. Safe for several threads."""

    settings: Settings | None
    store: Callable[[str], ObjectStore]
    is_forced: bool = False
    preparer: IsolatedPreparer | None = None  # prepares unchanged pictures here, to see whether that succeeds now
    _preparation: str | None = field(default=None, init=False)
    _rule: str | None = field(default=None, init=False)
    _pipeline: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        if self.settings:
            self._preparation = self.settings.preparation_fingerprint()
            self._rule = self.settings.rule_fingerprint()
            self._pipeline = self.settings.fingerprint()

    def decide_all(self, lines: list[Line]) -> list[Decision]:
        """Return one decision per line, in order."""
        if len(lines) == 1 or self.is_forced:
            return [self.decide(line) for line in lines]
        with ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(self.decide, lines))

    def decide(self, line: Line) -> Decision:
        """Return the decision for one line."""
        if self.is_forced:
            return Decision(Answer.SENT, "forced")
        if line["kind"] == Kind.UNKNOWN:
            return Decision(Answer.CANNOT, "the message is neither a letter nor an event")
        if line["kind"] != Kind.LETTER:
            return Decision(Answer.SENT, "it has no reason yet; sent as it is")
        ref = to_announce(line)
        return self._decide_by_object(line, ref) if ref else self._decide_without_object(line)

    def _decide_by_object(self, line: Line, ref: ObjectRef) -> Decision:
        try:
            state = retry(lambda: self.store(ref.cloud).head(ref))
        except (IngestError, SettingsError) as error:
            return Decision(Answer.CANNOT, _why(error))
        if state is None:
            return Decision(Answer.GONE, "the object is gone; the index follows")
        return self._compare(line, ref, state)

    def _decide_without_object(self, line: Line) -> Decision:
        """Decide for a letter without a usable key: it is sent as it is, and the function reads its event again.

        An event of which no object is known ends the same way as long as release and settings are the same.
        """
        is_same = self._pipeline is not None and line.get("pipeline_fingerprint") == self._pipeline
        if is_same and not source(line) and line.get("class") not in _COME_BACK:
            return Decision(Answer.UNCHANGED, "it names no object, and release and settings are the same")
        return Decision(Answer.SENT, "its key cannot be announced; sent as it is")

    def _compare(self, line: Line, ref: ObjectRef, state: ObjectState) -> Decision:
        if why := _find_change(source(line), state) or self._find_difference(line):
            return Decision(Answer.SENT, why)
        if line.get("class") in _COME_BACK:
            return Decision(Answer.SENT, f"{line['class']}: it may pass")
        if self.preparer and line.get("stage") == Stage.PREPARE:
            return self._try(ref)
        return Decision(Answer.UNCHANGED, "the same object, preparation and rule: it would end the same way")

    def _find_difference(self, line: Line) -> str | None:
        for name, now in (("preparation", self._preparation), ("rule", self._rule)):
            if now and line.get(name) and line[name] != now:
                return f"the {name} is another one now"
        return None

    def _try(self, ref: ObjectRef) -> Decision:
        """Prepare the picture here, as the function would."""
        megabytes = self.settings.max_source_megabytes if self.settings else _DEFAULT_SOURCE_MEGABYTES
        policy = self.settings.image_policy() if self.settings else Policy()
        try:
            image = retry(lambda: self.store(ref.cloud).fetch(ref, round(megabytes * _MEGABYTE)))
        except (IngestError, SettingsError) as error:
            return Decision(Answer.CANNOT, _why(error))
        if image is None:
            return Decision(Answer.GONE, "the object is gone; the index follows")
        assert self.preparer is not None  # noqa: S101 - the caller has checked
        try:
            self.preparer.prepare(image.data, policy, _PREPARE_SECONDS)
        except IngestError as error:
            if error.reason is Reason.NOT_BEGUN:
                return Decision(Answer.CANNOT, _why(error))
            return Decision(Answer.UNCHANGED, f"tried here: {_why(error)}")
        return Decision(Answer.SENT, "tried here: it is prepared without a fault now")


def _find_change(named: Mapping[str, Any], state: ObjectState) -> str | None:
    """Return what differs between the content that a letter is about and the object's content now."""
    if named.get("etag") and plain_etag(named["etag"]) != plain_etag(state.etag):
        return "the object has other bytes now"
    if named.get("version_id") and state.version_id and named["version_id"] != state.version_id:
        return "the object has another version now"
    return None


def decide_from_file(line: Line, *, is_forced: bool) -> Decision:
    """Return the decision for a line of a file: whoever passes a file wants it to be sent."""
    if line["kind"] == Kind.UNKNOWN and not is_forced:
        return Decision(Answer.CANNOT, "the message is neither a letter nor an event")
    return Decision(Answer.SENT, "from the file")


def open_decider(
    deployment: Deployment, *, is_forced: bool = False, preparer: IsolatedPreparer | None = None
) -> Decider:
    """Return the decider of a deployment. No store is opened before it is needed."""
    stores: dict[str, ObjectStore] = {}

    def store(cloud: str) -> ObjectStore:
        if cloud not in stores:
            stores[cloud] = open_store(cloud, deployment)
        return stores[cloud]

    return Decider(deployment.settings, store, is_forced=is_forced, preparer=preparer)


def _why(error: IngestError | SettingsError) -> str:
    return f"{error.reason.code}: {error.detail}" if isinstance(error, IngestError) else str(error)
