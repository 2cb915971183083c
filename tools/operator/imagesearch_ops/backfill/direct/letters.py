"""Write dead letters: into the file of the run first, and then into the deployment's queue, if there is one."""

from collections import deque
from pathlib import Path

from imagesearch_ingest.adapters.aws.client import aws_client
from imagesearch_ingest.adapters.aws.sqs import SqsDeadLetterQueue
from imagesearch_ingest.credentials import EnvironmentCredentials
from imagesearch_ingest.dead_letters import DeadLetter
from imagesearch_ingest.dead_letters.queue import DeadLetterQueue
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
from imagesearch_ingest.settings import Settings, variable
from imagesearch_ops.backfill.as_announced import LETTERS
from imagesearch_ops.backfill.direct.ledger import LINES
from imagesearch_ops.deployment import Deployment
from imagesearch_ops.extras import Extra, needing
from imagesearch_ops.queue_urls import is_smq
from imagesearch_ops.run_folder import RunFolder


class FiledLetters:
    """A ``DeadLetterQueue`` that files each record once.

    The queue may get a letter twice: if the process is killed after the queue took it. ``fault`` is why a letter could
    not be filed.
    """

    def __init__(self, folder: RunFolder, queue: DeadLetterQueue | None) -> None:
        self._folder = folder
        self._queue = queue
        self._filed = deque((str(line.get("record_id")) for line in folder.read(LETTERS)), LINES)
        self.fault: OSError | None = None

    def send(self, letter: DeadLetter) -> None:
        """File the letter and send it, in one attempt. Raise ``IngestError``."""
        if letter.record_id not in self._filed:
            self._file(letter)
        if self._queue:
            self._queue.send(letter)

    def _file(self, letter: DeadLetter) -> None:
        try:
            self._folder.append(LETTERS, letter.model_dump(mode="json", by_alias=True), sync=True)
        except OSError as error:
            self.fault = error
            raise IngestError(Reason.INTERNAL_ERROR, "the dead letter could not be filed", attempts=1) from error
        self._filed.append(letter.record_id)


def open_dead_letters(deployment: Deployment, settings: Settings) -> DeadLetterQueue | None:
    """Return the deployment's dead-letter queue, if it has one. Raise ``SettingsError`` and ``InputError``."""
    url, environ = deployment.dead_letter_queue_url, deployment.environ
    if not url:
        return None
    connect, read = settings.connect_timeout_seconds, settings.bucket_timeout_seconds
    if not is_smq(url):
        return SqsDeadLetterQueue(aws_client("sqs", environ, connect_timeout=connect, read_timeout=read), url)
    with needing(Extra.ALIBABA):
        from imagesearch_ingest.adapters.alibaba.smq import SmqDeadLetterQueue  # noqa: PLC0415 - optional
    bundle = environ.get(variable("ca_bundle"))
    ca_bundle = Path(bundle) if bundle and Path(bundle).is_file() else None
    credentials = EnvironmentCredentials(environ)
    return SmqDeadLetterQueue(url, credentials, connect_timeout=connect, read_timeout=read, ca_bundle=ca_bundle)
