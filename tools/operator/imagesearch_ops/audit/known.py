"""Read from dead letters which objects are known to be rejected as they are.

A letter explains an absence only if nothing has changed since: the same bytes, prepared under the same settings. That
is what a replay calls ``unchanged`` (docs/dead-letters.md). A letter of a fault that may pass explains nothing.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, NamedTuple, Self

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.model.reasons import FaultClass, Reason, Stage
from imagesearch_ingest.settings import Settings
from imagesearch_ops import output
from imagesearch_ops.bucket_urls import BucketUrl
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.dlq.letters import Kind, Line, failed_at, source
from imagesearch_ops.dlq.session import Session, check_file, read_file
from imagesearch_ops.errors import InputError
from imagesearch_ops.etags import plain_etag
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.faults import explain
from imagesearch_ops.queues import open_queue
from imagesearch_ops.report import Report
from imagesearch_ops.times import read_time

_REASONS = {reason.code: reason for reason in Reason}
# The key alone decides these, whatever the object holds.
_BY_KEY = {Reason.KEY_NOT_MATCHED, Reason.KEY_TOO_LONG}
# The key rule and the object's metadata decide these. A copy can change metadata and keep the ETag.
_BY_METADATA = {Reason.ATTRIBUTE_INVALID, Reason.CATEGORY_INVALID}
# The bucket refuses to show the object, so its letter has an ETag only if the event had one. Announcements have none.
_WITHOUT_READING = {Reason.OBJECT_ARCHIVED, Reason.LINK_BROKEN}
_LONGEST_MESSAGE = 200


class Known(NamedTuple):
    """The latest letter about an object. ``etag`` is plain, and empty if the letter names none.

    ``obstacle`` says why the letter makes no object known to be rejected; it is empty if the content decides.
    """

    key: str
    etag: str
    failed_at: str
    code: str
    message: str
    obstacle: str

    def judge(self, listed: ListedObject) -> tuple[bool, str]:
        """Return whether the object is known to be rejected as it is now, and why or why not."""
        obstacle = self.obstacle or self._compare(listed)
        text = f"{self.code}: {self.message} (dead letter of {self.failed_at[:10]})"
        return not obstacle, f"{text}; {obstacle}" if obstacle else text

    def _compare(self, listed: ListedObject) -> str:
        """Return why the letter may be about another content, or an empty text."""
        reason = _REASONS.get(self.code)
        if reason in _BY_KEY:
            return ""
        if reason in _WITHOUT_READING and not self.etag:
            return "" if self._is_latest(listed) else "it names no ETag, and the object may have been written after it"
        if not self.etag or not listed.etag:
            who = "letter" if not self.etag else "source of the keys"
            return f"the {who} names no ETag, so the bytes may be others"
        if self.etag != plain_etag(listed.etag):
            return "the object has other bytes now"
        if reason in _BY_METADATA and listed.last_modified is not None and not self._is_latest(listed):
            return "the object was written after it, so its metadata may be others"
        return ""

    def _is_latest(self, listed: ListedObject) -> bool:
        """Return whether the object was surely not written after the letter. HEAD and listings may cut fractions."""
        failed = read_time(self.failed_at)
        return bool(failed and listed.last_modified and failed.timestamp() >= int(listed.last_modified))


def read_known(
    files: Sequence[Path], deployment: Deployment, settings: Settings, url: BucketUrl, report: Report
) -> Iterator[Known]:
    """Yield the latest letter of each object of the bucket, from the files and from the deployment's queues.

    A queue that cannot be read to its end is told, and makes the exit code 1: objects may then be called missing that
    are known to be rejected. Raise ``InputError`` for a file that holds no letters.
    """
    reader = _Reader(settings, url)
    for file in files:
        check_file(file)
    with _Latest() as latest:
        for file in files:
            for line in read_file(file):
                latest.add(reader.read(line))
        for line in _read_queues(deployment, report):
            latest.add(reader.read(line))
        if reader.redacted:
            output.message(f"{reader.redacted} of the dead letters hide a secret in their keys. They were left out.")
        yield from latest


class _Reader:
    """Read lines about objects of one bucket. ``redacted`` counts lines whose key is not the object's."""

    def __init__(self, settings: Settings, url: BucketUrl) -> None:
        self._place = (url.cloud, url.bucket)
        self._preparation, self._rule = settings.preparation_fingerprint(), settings.rule_fingerprint()
        self.redacted = 0

    def read(self, line: Line) -> Known | None:
        """Return what the line says about an object of the bucket, or ``None`` if it is about none."""
        named = source(line)
        if not isinstance(named, Mapping) or (named.get("cloud"), named.get("bucket")) != self._place:
            return None
        if named.get("key_redacted"):
            self.redacted += 1
            return None
        message = " ".join(str(line.get("message")).split())
        return Known(
            key=str(named.get("key")),
            etag=plain_etag(named.get("etag")),
            failed_at=failed_at(line),
            code=str(line.get("code")),
            message=message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}...",
            obstacle=self._find_obstacle(line),
        )

    def _find_obstacle(self, line: Line) -> str:
        """Return why such a letter explains no absence, whatever the content is."""
        reason = _REASONS.get(str(line.get("code")))
        classes = {line.get("class"), reason.fault_class if reason else line.get("class")}
        if line.get("kind") != Kind.LETTER or classes != {FaultClass.PERMANENT}:
            return "its fault may pass"
        if line.get("stage") == Stage.EVENT:
            return "it is about an event, not about the object"
        if reason not in _BY_KEY and line.get("preparation") != self._preparation:
            return "pictures are prepared in another way now"
        rule = line.get("rule")
        if (reason in _BY_KEY or reason in _BY_METADATA) and rule not in (None, self._rule):
            return "the key rule is another one now"
        return ""


def _read_queues(deployment: Deployment, report: Report) -> Iterator[Line]:
    """Yield the lines of each queue of the deployment. Report a queue that cannot be read."""
    urls = {"letters": deployment.dead_letter_queue_url, "rule": deployment.rule_queue_url}
    for name, url in urls.items():
        if not url:
            continue
        try:
            session = Session(report, deployment, {name: open_queue(url, deployment.environ)}, None)
            for lines in session.read_all():
                yield from lines
        except (IngestError, InputError, SettingsError) as error:
            report.fail(
                ExitCode.FAILED,
                "letters_unread",
                f"{name}: the queue cannot be read, so rejected objects may be called missing: {explain(error)[0]}",
            )


class _Latest:
    """The latest letter of each key. The letters are in a temporary file: memory holds two numbers for each key."""

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="imagesearch-ingest-")  # noqa: SIM115 - see __exit__
        self._places: dict[int, int] = {}  # offsets by the hashes of keys
        self._end = 0

    def add(self, known: Known | None) -> None:
        if known is None:
            return
        name = _hash(known.key)
        place = self._places.get(name)
        if place is not None and self._read(place).failed_at > known.failed_at:
            return
        data = json.dumps(known).encode() + b"\n"
        self._file.seek(self._end)
        self._file.write(data)
        self._places[name] = self._end
        self._end += len(data)

    def __iter__(self) -> Iterator[Known]:
        for place in self._places.values():
            yield self._read(place)

    def _read(self, place: int) -> Known:
        self._file.seek(place)
        return Known(*json.loads(self._file.readline()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def _hash(key: str) -> int:
    data = key.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
