"""Run every command of the operator on both local clouds, and note which permissions its calls need."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from imagesearch_ingest.dead_letters.letter import Source, Target
from imagesearch_ingest.settings import Settings
from local_cloud.clouds.alibaba import DEAD_LETTER_QUEUE, QUEUE, AlibabaCloud
from local_cloud.clouds.aws import AwsCloud
from local_cloud.image_search.models import Entry
from tests.deployment.permissions import Grant, grant
from tests.deployment.permissions_alibaba import Recorder
from tests.deployment.permissions_aws import Place, find_action
from tests.deployment.permissions_gate import Gate
from tests.deployment.permissions_requests import Call
from tests.support.fakes import a_letter
from tests.support.pictures import jpeg

SETTINGS = {"INGEST_ADDS_PER_SECOND": "1000", "INGEST_BUCKET": "pictures"}
_WORDS = {
    QUEUE: "ingest queue",
    DEAD_LETTER_QUEUE: "dead-letter queue",
    "ingest-rule-dead-letters": "rule's dead-letter queue",
}
_DONE, _BROKEN = {0, 3, 4}, {0, 7}


class Command(NamedTuple):
    """A row of the page. ``{url}`` in the arguments is the bucket's, and ``{folder}`` a folder to work in."""

    title: str
    arguments: str
    codes: frozenset[int] = frozenset(_DONE)
    clouds: tuple[str, ...] = ("aws", "alibaba")

    @property
    def key(self) -> str:
        """The ID of the access key with which it calls AWS."""
        return "-".join(self.title.split())


COMMANDS = (
    Command("plan", "plan {url}"),
    Command("backfill", "backfill {url} --yes --state {folder}/run"),
    Command("backfill status", "backfill status {folder}/run"),
    Command("backfill cancel", "backfill cancel {folder}/run --yes"),
    Command("backfill --engine direct", "backfill {url} --engine direct --yes"),
    Command("audit", "audit {url} --grace 0s"),
    Command("audit --sample", "audit {url} --grace 0s --sample 5"),
    Command("reconcile", "reconcile --grace 0s --yes --allow-deletes 5"),
    Command("reconcile --delete-unmade", "reconcile --grace 0s --yes --delete-unmade 5"),
    Command("explain", "explain {url}/cup/1.jpg"),
    Command("explain of an object that is gone", "explain {url}/cup/gone.jpg"),
    Command("explain --index", "explain {url}/cup/1.jpg --index"),
    Command("search FILE", "search {folder}/picture.jpg"),
    Command("search URL", "search {url}/cup/1.jpg"),
    Command("index stats", "index stats"),
    Command("index get", "index get cup/1.jpg"),
    Command("index dump", "index dump {folder}/dump.jsonl"),
    Command("dlq list", "dlq list"),
    Command("dlq replay", "dlq replay --all --yes"),
    Command("dlq replay --all --force", "dlq replay --all --force --yes"),
    Command("dlq discard", "dlq discard --all --yes"),
    Command("doctor", "doctor --stack local", frozenset(_BROKEN), ("aws",)),
    Command("doctor", "doctor", frozenset(_BROKEN), ("alibaba",)),
    Command("index stats --stack", "index stats --stack local", clouds=("aws",)),
)


class _Words(Place):
    """Resources in words, and none for services of which a command reads whatever the stack names."""

    def needs(self, call: Call) -> set[Grant]:
        if call.service not in {"s3", "sqs"} or call.operation == "ListBuckets":
            return {grant(find_action(call), "")}
        return super().needs(call)


class _Notes(Gate):
    """Let every call pass."""

    def _allow(self, call: Call, needs: set[Grant]) -> bool:
        self.used[call.principal] |= needs
        return True

    def _has(self, call: Call, need: Grant) -> bool:  # noqa: ARG002 - every permission
        return True


@dataclass
class Noted:
    """What one command needs: of its bucket's cloud, and of Image Search."""

    storage: set[Grant] = field(default_factory=set)
    index: set[Grant] = field(default_factory=set)


Run = Callable[[list[str], Mapping[str, str]], int]


def note_all(name: str, run: Run, folder: Path) -> dict[str, Noted]:
    """Return what each command needs on one cloud, by its title. Raise ``AssertionError`` if one does not end well."""
    rows = [row for row in COMMANDS if name in row.clouds]
    with _open(name) as cloud:
        recorder = Recorder("bucket", "{}", "instance", queues=_WORDS)
        if isinstance(cloud, AwsCloud):
            gate = _Notes(_Words("", {"pictures": "bucket", **_WORDS}), {row.key: set() for row in rows})
            cloud.aws.put_in_front(gate.in_front_of)
        recorder.watch(cloud)
        noted = {}
        for row in rows:
            _plant(cloud, name)
            recorder.needed = set()
            with recorder.recording():
                _run(row, name, cloud, run, folder)
            index = {one for one in recorder.needed if one.action.startswith("imagesearch:")}
            storage = gate.used[row.key] if isinstance(cloud, AwsCloud) else recorder.needed - index
            noted[row.title] = Noted(storage, index)
    return noted


@contextmanager
def _open(name: str) -> Iterator[AwsCloud | AlibabaCloud]:
    kind = AwsCloud if name == "aws" else AlibabaCloud
    with kind(SETTINGS, with_function=False, visibility_seconds=360) as cloud:
        cloud.image_search.change_tasks(seconds=0.05)
        cloud.image_search.change_instance(qps=1000)
        cloud.image_search.change_rates(detail=1000, dump=1000, dump_list=1000)
        yield cloud


def _plant(cloud: AwsCloud | AlibabaCloud, name: str) -> None:
    """Leave objects that are indexed, missing and rejected, entries that are left over, and a dead letter."""
    for key in ("cup/1.jpg", "cup/2.jpg", "cup/bad.jpg"):
        cloud.upload(key, b"no picture" if "bad" in key else jpeg())
    index = cloud.image_search._parts.index  # noqa: SLF001 - the function is not there to add entries
    for ids in (("cup", "cup/1.jpg"), ("cup", "cup/gone.jpg"), ("hand", "made")):
        index.add(Entry(*ids, jpeg(), 200, 200, "JPEG", 0, 0, {}))
    settings = Settings.from_env(cloud.environ())
    cloud.put_dead_letter(
        a_letter(
            source=Source(cloud=name, bucket="pictures", key="cup/2.jpg", etag="another"),
            target=Target(instance=cloud.instance, region=cloud.REGION),
            preparation=settings.preparation_fingerprint(),
            rule=settings.rule_fingerprint(),
        ).model_dump(mode="json")
    )


def _run(row: Command, name: str, cloud: AwsCloud | AlibabaCloud, run: Run, folder: Path) -> None:
    url = f"{'s3' if name == 'aws' else 'oss'}://pictures"
    (folder / "picture.jpg").write_bytes(jpeg())
    environ = cloud.environ() | {"XDG_STATE_HOME": str(folder)}
    if name == "aws":
        environ["AWS_ACCESS_KEY_ID"] = row.key
    code = run(row.arguments.format(url=url, folder=folder).split(), environ)
    assert code in row.codes, f"{row.title}: {code}"
