"""Faults of a deployed stack: its function, its event source, its rule and its metrics."""

import json
from datetime import UTC, datetime

import pytest


def _source(cloud) -> str:
    client = cloud.aws.client("lambda")
    return client.list_event_source_mappings(FunctionName="local-ingest")["EventSourceMappings"][0]["UUID"]


def _set_variables(cloud, **changes: str | None) -> None:
    client = cloud.aws.client("lambda")
    found = client.get_function_configuration(FunctionName="local-ingest")["Environment"]["Variables"]
    variables = {name: value for name, value in (found | changes).items() if value is not None}
    client.update_function_configuration(FunctionName="local-ingest", Environment={"Variables": variables})


@pytest.mark.usefixtures("stack")
def test_a_healthy_stack_has_nothing_broken(diagnose, environ) -> None:
    found = diagnose(environ, stack="local")
    assert (found.code, found.broken) == (0, set())
    assert found["key.secret"]["ok"] is True
    assert found["queue.visibility"]["detail"] == "1800 s"
    assert found.named(ok=None) == {"function.release", "queue.oldest"}


@pytest.mark.usefixtures("stack")
def test_a_visibility_timeout_below_six_times_the_functions(cloud, diagnose, environ) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "359"})
    found = diagnose(environ, stack="local")
    assert found.broken == {"queue.visibility"}
    assert found["queue.visibility"]["detail"] == "359 s, less than 6 x the function's timeout of 60 s"
    assert "VisibilityTimeout=360" in found["queue.visibility"]["fix"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Enabled": False}, "disabled: every upload waits"),
        ({"FunctionResponseTypes": []}, "without ReportBatchItemFailures"),
    ],
)
@pytest.mark.usefixtures("stack")
def test_a_wrong_event_source(cloud, diagnose, environ, changes: dict, said: str) -> None:
    cloud.aws.client("lambda").update_event_source_mapping(UUID=_source(cloud), **changes)
    found = diagnose(environ, stack="local")
    assert found.broken == {"function.source"}
    assert said in found["function.source"]["detail"]
    assert found["function.source"]["fix"].startswith("aws lambda update-event-source-mapping --uuid ")


@pytest.mark.usefixtures("stack")
def test_no_event_source(cloud, diagnose, environ) -> None:
    cloud.aws.client("lambda").delete_event_source_mapping(UUID=_source(cloud))
    found = diagnose(environ, stack="local")
    assert "nothing takes the messages" in found["function.source"]["detail"]


@pytest.mark.usefixtures("stack")
def test_a_batch_that_takes_longer_than_the_function_may_run(cloud, diagnose, environ) -> None:
    cloud.aws.client("lambda").update_event_source_mapping(UUID=_source(cloud), BatchSize=1000)
    found = diagnose(environ, stack="local")
    assert found.broken == {"function.batches"}
    assert found["function.batches"]["detail"] == (
        "a batch of 1000 takes 400 s at 2.5 adds/s per worker; the timeout is 60 s"
    )
    assert found["function.batches"]["fix"].endswith("--batch-size 120")


@pytest.mark.usefixtures("stack")
def test_more_workers_than_the_settings_say(cloud, diagnose, environ) -> None:
    cloud.aws.client("lambda").update_event_source_mapping(
        UUID=_source(cloud), ScalingConfig={"MaximumConcurrency": 10}
    )
    found = diagnose(environ, stack="local")
    assert found.broken == {"function.concurrency"}
    assert "10 workers may run, and INGEST_MAX_CONCURRENCY is 2" in found["function.concurrency"]["detail"]


@pytest.mark.usefixtures("stack")
def test_a_function_that_may_not_run(cloud, diagnose, environ) -> None:
    cloud.aws.client("lambda").put_function_concurrency(FunctionName="local-ingest", ReservedConcurrentExecutions=0)
    found = diagnose(environ, stack="local")
    assert found.broken == {"function.concurrency"}
    assert found["function.concurrency"]["fix"] == (
        "aws lambda delete-function-concurrency --function-name local-ingest"
    )


@pytest.mark.usefixtures("stack")
def test_variables_that_differ_from_the_stack(cloud, diagnose, environ) -> None:
    _set_variables(cloud, INGEST_BUCKET="other")
    found = diagnose(environ, stack="local")
    assert "function.environment" in found.broken
    assert "INGEST_BUCKET is other, the stack has pictures" in found["function.environment"]["detail"]


@pytest.mark.usefixtures("stack")
def test_a_function_that_cannot_start_is_examined_all_the_same(cloud, diagnose, environ) -> None:
    _set_variables(cloud, INGEST_INSTANCE_NAME=None, INGEST_KEY_TEMPLATE="{", INGEST_WORKERS="3")
    mine = {name: environ[name] for name in environ if not name.startswith("INGEST_")}
    found = diagnose(mine, stack="local")
    assert {
        "settings.INGEST_INSTANCE_NAME",
        "settings.INGEST_KEY_TEMPLATE",
        "settings.INGEST_WORKERS",
    } <= found.broken
    assert found["settings.INGEST_INSTANCE_NAME"]["fix"] == "sam deploy --parameter-overrides InstanceName=..."
    assert found["queue.redrive"]["ok"] is True
    assert found["bucket.announces"]["ok"] is True


@pytest.mark.usefixtures("stack")
def test_a_stack_without_a_secret(cloud, diagnose, environ) -> None:
    _set_variables(cloud, INGEST_CREDENTIALS_SECRET=None)
    found = diagnose(environ, stack="local")
    assert found.broken == {"key.secret"}
    assert "sam deploy --parameter-overrides CredentialsSecretArn=" in found["key.secret"]["fix"]


@pytest.mark.usefixtures("stack")
def test_a_function_that_somebody_has_deleted(cloud, diagnose, environ) -> None:
    cloud.aws.client("lambda").delete_function(FunctionName="local-ingest")
    found = diagnose({name: environ[name] for name in environ if not name.startswith("INGEST_")}, stack="local")
    assert found.broken == {"function.state"}
    assert "the function local-ingest, which does not exist" in found["function.state"]["detail"]
    assert found["function.state"]["fix"] == "sam build && sam deploy"
    assert found["instance.exists"]["detail"] == "unknown: needs settings.valid"


def test_a_stack_that_was_rolled_back(cloud, diagnose, environ, stack) -> None:
    cloud.aws.stacks.add("local", lambda: stack._replace(status="ROLLBACK_COMPLETE"))
    found = diagnose(environ, stack="local")
    assert found.broken == {"deployment.found"}
    assert found["deployment.found"]["detail"] == "local is ROLLBACK_COMPLETE"


@pytest.mark.usefixtures("stack")
def test_events_that_could_not_be_delivered(cloud, diagnose, environ) -> None:
    cloud.sqs.send_message(QueueUrl=cloud.rule_dead_letter_queue, MessageBody="{}")
    found = diagnose(environ, stack="local")
    assert found.broken == {"letters.undelivered"}
    assert found["letters.undelivered"]["fix"] == "imagesearch-ingest dlq list --queue rule --stack local"


@pytest.mark.parametrize(
    ("metric", "dimension", "value", "check"),
    [
        ("Errors", ("FunctionName", "local-ingest"), 3, "function.errors"),
        ("ApproximateAgeOfOldestMessageInQuietGroups", ("QueueName", "ingest"), 1801, "queue.oldest"),
        ("ApproximateAgeOfOldestMessage", ("QueueName", "ingest"), 864_000, "queue.oldest"),
    ],
)
@pytest.mark.usefixtures("stack")
def test_what_cloudwatch_knows(cloud, diagnose, environ, metric: str, dimension: tuple, value: int, check: str) -> None:  # noqa: PLR0917
    name, of = dimension
    namespace = "AWS/Lambda" if metric == "Errors" else "AWS/SQS"
    datum = {"MetricName": metric, "Dimensions": [{"Name": name, "Value": of}], "Value": value}
    datum["Timestamp"] = datetime.now(UTC)
    cloud.aws.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])
    assert diagnose(environ, stack="local").broken == {check}


@pytest.mark.parametrize(("rule", "ok"), [("other", False), (None, True)])
def test_the_functions_release(cloud, diagnose, environ, stack, rule, ok) -> None:  # noqa: PLR0917 - fixtures
    cloud.aws.stacks.add("local", lambda: stack._replace(outputs={**stack.outputs, "LogGroupName": "/aws/lambda/x"}))
    logs = cloud.aws.client("logs")
    logs.create_log_group(logGroupName="/aws/lambda/x")
    logs.create_log_stream(logGroupName="/aws/lambda/x", logStreamName="s")
    line = {"message": "start", "pipeline_fingerprint": "p", "release": "0.0.1", "rule": rule, "preparation": None}
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": json.dumps(line)}
    logs.put_log_events(logGroupName="/aws/lambda/x", logStreamName="s", logEvents=[event])
    found = diagnose(environ, stack="local")
    assert found["function.release"]["ok"] is ok
    assert "release 0.0.1" in found["function.release"]["detail"]
