"""What all commands share: the queues that they read, and the reading itself."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.deployment import Deployment, find_deployment
from imagesearch_ops.dlq.choices import Which
from imagesearch_ops.dlq.folding import Folded
from imagesearch_ops.dlq.letters import Line, read_line, read_message
from imagesearch_ops.dlq.moving import find_task
from imagesearch_ops.dlq.reading import Reader
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.progress import tracking
from imagesearch_ops.queues import OperatorQueue, open_queue
from imagesearch_ops.report import Report
from imagesearch_ops.shell import quote


@dataclass(frozen=True, slots=True)
class Where:
    """The options that say where the letters are."""

    queue_url: str | None = None
    rule_queue_url: str | None = None
    to_queue_url: str | None = None
    which: Which | None = None
    stack: str | None = None
    function: str | None = None
    env_file: Path | None = None
    file: Path | None = None  # an export, instead of a queue

    def words(self) -> list[str]:
        """Return the options again, as words of a shell, for a command that a person copies."""
        given = {
            "--queue-url": self.queue_url,
            "--rule-queue-url": self.rule_queue_url,
            "--to-queue-url": self.to_queue_url,
            "--queue": self.which,
            "--stack": self.stack,
            "--function": self.function,
            "--env-file": self.env_file,
            "--from": self.file,
        }
        return [word for option, value in given.items() if value for word in (option, quote(str(value)))]


@dataclass(slots=True)
class Session:
    """One command at work. ``queues`` are those to read, by their names in the lines."""

    report: Report
    deployment: Deployment
    queues: Mapping[str, OperatorQueue]
    file: Path | None
    is_incomplete: bool = field(default=False)
    _moves: dict[str, int | None] = field(default_factory=dict)  # when the latest redrive of a queue began

    def fold(self) -> Folded:
        """Return everything that the queues or the file hold, folded by record."""
        folded = Folded()
        try:
            for lines in self.read_all():
                for line in lines:
                    folded.add(line)
        except BaseException:
            folded.close()
            raise
        return folded

    def read_all(self) -> Iterator[list[Line]]:
        """Yield the lines of the file or of all queues, and release every message."""
        if self.file:
            yield from ([line] for line in read_file(self.file))
            return
        for name, queue in self.queues.items():
            self.warn_of_move(name, queue)
            reader = Reader(queue)
            with closing(reader.batches()) as batches, tracking(f"reading {name}") as tracker:
                for batch in batches:
                    yield [read_message(message, name, queue.cloud) for message in batch]
                    tracker.update(reader.seen, total=max(reader.expected, reader.seen))
            self.check_complete(name, reader)

    def warn_of_move(self, name: str, queue: OperatorQueue) -> bool:
        """Report a redrive that is running, or that has begun since the last time: what it moves cannot be read."""
        task = find_task(queue)
        known = self._moves.setdefault(name, task.started_at if task else None)
        if task is None or not (task.is_active or task.started_at != known):
            return False
        self.is_incomplete = True
        self.report.fail(
            ExitCode.FAILED,
            "redrive_running",
            f"{name}: a redrive is running or has just ended; it moved about {task.moved} messages. "
            "Wait for its end, then repeat.",
        )
        return True

    def check_complete(self, name: str, reader: Reader) -> None:
        """Report a queue that was not read to its end."""
        if self.warn_of_move(name, reader.queue):
            return
        if not reader.is_complete:
            self.is_incomplete = True
            self.report.fail(
                ExitCode.FAILED,
                "incomplete",
                f"{name}: read {reader.seen} of about {reader.expected}; "
                "others are hidden (another reader, or a redrive?)",
            )


@contextmanager
def open_session(report: Report, where: Where, environ: Mapping[str, str]) -> Iterator[Session]:
    """Yield the session. Print the deployment first. Raise what finding it raises, and ``InputError``."""
    deployment = find_deployment(
        environ,
        stack=where.stack,
        function=where.function,
        env_file=where.env_file,
        queue_url=where.queue_url,
        rule_queue_url=where.rule_queue_url,
        to_queue_url=where.to_queue_url,
    )
    if where.file:
        check_file(where.file)
    urls = {} if where.file else _choose(deployment, where.which)
    output.message(f"{where.file}" if where.file else deployment.describe())
    queues = {name: open_queue(url, deployment.environ) for name, url in urls.items()}
    yield Session(report, deployment, queues, where.file)


def check_file(path: Path) -> None:
    """Raise ``InputError`` unless there is a regular file."""
    if not path.is_file():
        raise InputError(f"{path}: {'not a regular file' if path.exists() else 'no such file'}")


def read_file(path: Path) -> Iterator[Line]:
    """Yield the lines of an export. Raise ``InputError`` for a line that is none; a last line cut short is left out."""
    with path.open("rb") as file:
        for number, data in enumerate(file, 1):
            if not data.strip():
                continue
            line = read_line(data.decode("utf-8", "replace"))
            if line is not None:
                yield line
            elif data.endswith(b"\n"):
                raise InputError(f"{path}: line {number} is no dead letter. Pass a file of `dlq export`.")
            else:
                output.message(f"{path}: the last line is cut short and was left out")


def _choose(deployment: Deployment, which: Which | None) -> dict[str, str]:
    known = {"letters": deployment.dead_letter_queue_url, "rule": deployment.rule_queue_url}
    options = {"letters": "--queue-url (or INGEST_DEAD_LETTER_QUEUE_URL)", "rule": "--rule-queue-url"}
    if which in (Which.LETTERS, Which.RULE):
        wanted = [str(which)]
    elif which is Which.BOTH:
        wanted = list(known)
    else:
        wanted = [name for name, url in known.items() if url] or ["letters"]
    chosen: dict[str, str] = {}
    for name in wanted:
        url = known[name]
        if not url:
            raise InputError(f"the queue of the {name} is unknown. Set {options[name]}, or name a --stack.")
        chosen[name] = url
    if len(set(chosen.values())) < len(chosen):
        raise InputError("--queue-url and --rule-queue-url are the same queue")
    return chosen
