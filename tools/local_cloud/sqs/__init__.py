"""The local SQS: moto's, with its standard queues replaced and move tasks added.

message       a message of a standard queue
queue         a standard queue: visibility, fair order, redrive
move_tasks    tasks that move the messages of a dead-letter queue
models        moto's backend with both
responses     moto's actions, and those for move tasks
urls          where moto looks for the handler of ``models``
"""

from moto.sqs.models import sqs_backends

from local_cloud.sqs.models import LocalSqsBackend


def install() -> None:
    """Make moto use this SQS in this process. Queues that exist already are dropped."""
    if sqs_backends.backend is not LocalSqsBackend:
        sqs_backends.backend = LocalSqsBackend
        sqs_backends.clear()
