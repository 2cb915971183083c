"""Name the events of other triggers, and say what to use instead. Each belongs to a service that is not supported.

The shapes are those of the Lambda developer guide (the sample event of each service), of the S3 user guide (Batch
Operations, Object Lambda) and of the Step Functions developer guide (context object, Map state).
"""

from collections.abc import Mapping
from typing import Any

_SUBSCRIBE = "Send the bucket's events to the queue instead"
_ANNOUNCE = (
    "Announce the keys to the queue instead (docs/design.md, section 10), or put dead letters back with"
    " `imagesearch-ingest dlq replay`"
)
# Fields that the event of a service always has, what it is, and what to use instead. The first match counts.
_BY_FIELDS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"invocationSchemaVersion", "tasks"}), "a task of S3 Batch Operations", _ANNOUNCE),
    (frozenset({"getObjectContext"}), "a download through S3 Object Lambda", _SUBSCRIBE),
    (frozenset({"headObjectContext"}), "a request through S3 Object Lambda", _SUBSCRIBE),
    (frozenset({"listObjectsV2Context"}), "a request through S3 Object Lambda", _SUBSCRIBE),
    (frozenset({"requestContext"}), "an HTTP request (API Gateway, a load balancer or a function URL)", _ANNOUNCE),
    (frozenset({"awslogs"}), "an event of CloudWatch Logs", _SUBSCRIBE),
    (frozenset({"deliveryStreamArn", "records"}), "a batch of Amazon Data Firehose", _SUBSCRIBE),
    (frozenset({"Execution", "StateMachine"}), "the input of a Step Functions state", _ANNOUNCE),
    (frozenset({"Key", "LastModified", "Size"}), "an item of a Step Functions map", _ANNOUNCE),
    (frozenset({"Items"}), "a batch of a Step Functions map", _ANNOUNCE),
)
_BY_SOURCE = {
    "aws:kinesis": "a batch of Kinesis",
    "aws:dynamodb": "a batch of a DynamoDB stream",
    "aws:ses": "an e-mail from SES",
    "aws:kafka": "a batch of Kafka",
    "SelfManagedKafka": "a batch of Kafka",
    "aws:mq": "a batch of Amazon MQ",
    "aws:rmq": "a batch of Amazon MQ",
    "aws.events": "a scheduled event",
    "aws.scheduler": "a scheduled event",
}


def describe(fields: Mapping[str, Any], sources: set[str]) -> str | None:
    """Return a sentence about an event of another trigger, or ``None``. ``sources`` are those of its records."""
    for names, what, instead in _BY_FIELDS:
        if names <= fields.keys():
            return _refuse(what, instead)
    for source in (*sources, fields.get("eventSource"), fields.get("source")):
        if isinstance(source, str) and source in _BY_SOURCE:
            return _refuse(_BY_SOURCE[source], _SUBSCRIBE)
    return None


def _refuse(what: str, instead: str) -> str:
    return f"the event is {what}, which this function does not take. {instead}"
