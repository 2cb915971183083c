"""Each planted fault of a deployment on AWS is found and told with its fix, and nothing else is called broken."""

import json

import certifi
import pytest

from tests.support.pictures import jpeg


def test_a_healthy_deployment_has_nothing_broken(cloud, diagnose) -> None:
    cloud.upload("shoes/1.jpg", jpeg())
    found = diagnose(cloud.environ())
    assert (found.code, found.broken) == (0, set())
    assert found["bucket.exists"]["detail"] == "s3://pictures in us-east-1"
    assert found["bucket.read"] == {
        "check": "bucket.read",
        "group": "bucket",
        "ok": True,
        "detail": "shoes/1.jpg",
        "fix": None,
    }
    assert found.summary["checks"] == len(found.lines) - 1
    assert found.summary["exit"] == 0
    assert found.named(ok=None) == {"function.state", "queue.oldest"}


@pytest.mark.parametrize(
    ("notifications", "said"),
    [
        ({}, "announces nothing to the queue"),
        ({"events": ["s3:ObjectCreated:*"]}, "creations only: removals never reach the index"),
        ({"events": ["s3:ObjectCreated:Put", "s3:ObjectRemoved:*"]}, "s3:ObjectCreated:CompleteMultipartUpload"),
    ],
)
def test_a_bucket_that_does_not_announce_everything(cloud, diagnose, notifications: dict, said: str) -> None:
    queues = [{"QueueArn": cloud.queue_arn, "Events": events} for events in notifications.values()]
    cloud.s3.put_bucket_notification_configuration(
        Bucket="pictures", NotificationConfiguration={"QueueConfigurations": queues} if queues else {}
    )
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "pictures"})
    assert found.code == 7
    assert found.broken == {"bucket.announces"}
    assert said in found["bucket.announces"]["detail"]
    command = found["bucket.announces"]["fix"]
    assert command.startswith("aws s3api put-bucket-notification-configuration --bucket pictures")
    assert json.dumps({"QueueArn": cloud.queue_arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}) in command


@pytest.mark.parametrize(
    ("rules", "ok", "said"),
    [
        ([("suffix", ".png")], False, "does not announce 1 of the first 1 keys that the settings take"),
        ([("prefix", "shirts/")], False, "such as shoes/1.jpg"),
        ([("prefix", "shoes/"), ("suffix", ".jpg")], True, "takes 1 of the first 1 keys"),
    ],
)
def test_filters_of_notifications(cloud, diagnose, rules: list, ok: bool, said: str) -> None:  # noqa: FBT001 - a table
    cloud.upload("shoes/1.jpg", jpeg())
    named = [{"Name": name, "Value": value} for name, value in rules]
    queue = {"QueueArn": cloud.queue_arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    cloud.s3.put_bucket_notification_configuration(
        Bucket="pictures",
        NotificationConfiguration={"QueueConfigurations": [queue | {"Filter": {"Key": {"FilterRules": named}}}]},
    )
    found = diagnose(cloud.environ())
    assert found.broken == (set() if ok else {"bucket.keys"})
    assert said in found["bucket.keys"]["detail"]
    assert f"only for the keys {dict(rules).get('prefix', '')}*" in found["bucket.announces"]["detail"]


def test_creations_alone_are_enough_if_removed_pictures_are_kept(cloud, diagnose) -> None:
    queues = [{"QueueArn": cloud.queue_arn, "Events": ["s3:ObjectCreated:*"]}]
    cloud.s3.put_bucket_notification_configuration(
        Bucket="pictures", NotificationConfiguration={"QueueConfigurations": queues}
    )
    assert diagnose(cloud.environ() | {"INGEST_ON_REMOVED": "keep"}).code == 0


def test_without_a_bucket_in_the_settings_the_one_that_announces_is_taken(cloud, diagnose) -> None:
    cloud.s3.create_bucket(Bucket="other")
    assert diagnose(cloud.environ())["bucket.exists"]["detail"] == "s3://pictures in us-east-1"
    cloud.s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration={})
    found = diagnose(cloud.environ())
    assert found.code == 7
    assert "no bucket announces to the queue" in found["bucket.exists"]["detail"]


def test_a_bucket_that_does_not_exist(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "picturse"})
    assert found.broken == {"bucket.exists"}
    assert found["bucket.exists"]["detail"] == "there is no bucket picturse"
    assert found["bucket.announces"] | {"fix": None} == {
        "check": "bucket.announces",
        "group": "bucket",
        "ok": None,
        "detail": "unknown: needs bucket.exists",
        "fix": None,
    }


def test_a_bucket_in_another_region(cloud, diagnose) -> None:
    cloud.s3.create_bucket(Bucket="faraway", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    found = diagnose(cloud.environ() | {"INGEST_BUCKET": "faraway"})
    assert "bucket.exists" in found.broken
    assert found["bucket.exists"]["detail"] == "faraway is in eu-west-1, the function in us-east-1"
    assert "eu-west-1" in found["bucket.exists"]["fix"]


def test_keys_that_the_rule_passes_over(cloud, diagnose) -> None:
    cloud.upload("shoes/1.jpg", jpeg())
    found = diagnose(cloud.environ() | {"INGEST_KEY_TEMPLATE": "{product_id}_{_}.png"})
    assert found.broken == {"bucket.keys"}
    assert "shoes/1.jpg" in found["bucket.keys"]["detail"]


@pytest.mark.parametrize(
    ("attributes", "check", "fix"),
    [
        ({"VisibilityTimeout": "30"}, "queue.visibility", "VisibilityTimeout=1800"),
        ({"MessageRetentionPeriod": "345600"}, "queue.retention", "MessageRetentionPeriod=1209600"),
        ({"SqsManagedSseEnabled": "false"}, "queue.encryption", "SqsManagedSseEnabled=true"),
        ({"RedrivePolicy": ""}, "queue.redrive", '\\"maxReceiveCount\\": 1000'),
    ],
)
def test_a_queue_with_wrong_attributes(cloud, diagnose, attributes: dict, check: str, fix: str) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes=attributes)
    found = diagnose(cloud.environ())
    assert found.broken == {check}
    assert found[check]["fix"].startswith(f"aws sqs set-queue-attributes --queue-url {cloud.queue}")
    assert fix in found[check]["fix"]


@pytest.mark.parametrize(("count", "target", "said"), [(5, "letters", "0.1 days"), (1000, "other", "not to the")])
def test_a_redrive_policy_that_loses_uploads(cloud, diagnose, count: int, target: str, said: str) -> None:
    url = cloud.dead_letter_queue if target == "letters" else cloud.rule_dead_letter_queue
    policy = json.dumps({"deadLetterTargetArn": cloud.find_arn(url), "maxReceiveCount": count})
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"RedrivePolicy": policy})
    found = diagnose(cloud.environ())
    assert found.broken == {"queue.redrive"}
    assert said in found["queue.redrive"]["detail"]


def test_a_queue_that_does_not_exist(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_QUEUE_URL": f"{cloud.queue}-gone", "INGEST_BUCKET": "pictures"})
    assert found.broken == {"queue.exists", "bucket.announces"}
    assert found["queue.redrive"]["detail"] == "unknown: needs queue.exists"


def test_letters_that_are_dropped_soon(cloud, diagnose) -> None:
    day = {"MessageRetentionPeriod": "86400"}
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.dead_letter_queue, Attributes=day)
    for number in range(3):
        cloud.sqs.send_message(QueueUrl=cloud.dead_letter_queue, MessageBody=str(number))
    found = diagnose(cloud.environ())
    assert found.broken == {"letters.expiring", "letters.retention"}
    assert found["letters.expiring"]["detail"].startswith("3 are dropped within 3 days")
    assert found["letters.expiring"]["fix"] == "imagesearch-ingest dlq export letters.jsonl"
    assert found["letters.count"]["detail"].startswith("3 dead letters")
    assert len(cloud.sqs.receive_message(QueueUrl=cloud.dead_letter_queue, MaxNumberOfMessages=10)["Messages"]) == 3


def test_one_queue_for_uploads_and_letters(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_DEAD_LETTER_QUEUE_URL": cloud.queue})
    assert "settings.INGEST_DEAD_LETTER_QUEUE_URL" in found.broken
    assert "the same queue" in found["settings.INGEST_DEAD_LETTER_QUEUE_URL"]["detail"]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ({"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI-other"}, "does not exist (InvalidAccessKeyId.NotFound)"),
        ({"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "other"}, "has another secret (SignatureDoesNotMatch)"),
    ],
)
def test_a_key_that_is_refused(cloud, diagnose, key: dict, said: str) -> None:
    found = diagnose(cloud.environ() | key)
    assert found.broken == {"key.valid"}
    assert said in found["key.valid"]["detail"]
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in found["key.valid"]["fix"]
    assert found["instance.capacity"]["detail"] == "unknown: needs key.valid"


def test_no_key_at_all(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"ALIBABA_CLOUD_ACCESS_KEY_ID": ""})
    assert found.broken == {"key.secret"}
    assert found["key.valid"]["ok"] is None


def test_a_key_with_a_line_break(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "local-secret\n"})
    assert found.broken == {"key.secret"}
    assert "line feed" in found["key.secret"]["detail"]
    assert "local-secret" not in json.dumps(found.lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it is not JSON"),
        (json.dumps({"access_key_id": "LTAI-local"}), "access_key_secret is missing"),
        (json.dumps({"access_key_id": "LTAI-local", "access_key_secret": "x\n"}), "line feed"),
        (None, "there is no secret alibaba"),
    ],
)
def test_a_secret_that_cannot_be_used(cloud, diagnose, text: str | None, said: str) -> None:
    if text is not None:
        cloud.aws.client("secretsmanager").create_secret(Name="alibaba", SecretString=text)
    found = diagnose(cloud.environ() | {"INGEST_CREDENTIALS_SECRET": "alibaba"})
    assert found.broken == {"key.secret"}
    assert said in found["key.secret"]["detail"]
    assert "aws secretsmanager" in found["key.secret"]["fix"]


def test_a_secret_that_holds_a_good_key(cloud, diagnose) -> None:
    text = json.dumps({"access_key_id": "LTAI-local", "access_key_secret": "local-secret"})
    cloud.aws.client("secretsmanager").create_secret(Name="alibaba", SecretString=text)
    found = diagnose(cloud.environ() | {"INGEST_CREDENTIALS_SECRET": "alibaba", "ALIBABA_CLOUD_ACCESS_KEY_ID": ""})
    assert (found.code, found.broken) == (0, set())


@pytest.mark.parametrize("seconds", [1200, -1200])
def test_a_clock_that_is_wrong_is_the_only_cause(cloud, diagnose, seconds: int) -> None:
    cloud.image_search.clock_skew = seconds
    found = diagnose(cloud.environ())
    assert found.broken == {"clock.skew"}
    assert "InvalidTimeStamp.Expired" in found["clock.skew"]["detail"]
    assert "timedatectl" in found["clock.skew"]["fix"]
    assert found["key.valid"]["detail"].startswith("unknown: needs clock.skew")
    assert found["instance.exists"]["detail"].startswith("unknown: needs clock.skew")


def test_an_instance_that_does_not_exist(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_INSTANCE_NAME": "other"})
    assert found.broken == {"instance.exists"}
    assert "there is no instance other in ap-southeast-1" in found["instance.exists"]["detail"]
    assert found["key.valid"]["ok"] is True


def test_an_instance_in_another_region(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_INSTANCE_REGION": "eu-central-1"})
    assert found.broken == {"network.instance"}
    assert "INGEST_INSTANCE_REGION" in found["network.instance"]["fix"]


def test_an_instance_of_another_kind(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_SERVICE_TYPE": "fabric"})
    assert found.broken == {"instance.kind"}
    assert found["instance.kind"]["fix"] == "INGEST_SERVICE_TYPE=product"


def test_a_bundle_of_other_certificates(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_CA_BUNDLE": certifi.where()})
    assert found.broken == {"network.instance", "network.upload"}
    assert "certificate" in found["network.instance"]["detail"]
    assert "INGEST_CA_BUNDLE" in found["network.instance"]["fix"]


def test_a_proxy_that_is_not_there(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_HTTPS_PROXY": "http://127.0.0.1:9"})
    assert found.broken == {"network.instance", "network.upload"}
    assert "the proxy 127.0.0.1:9 does not answer (it refuses" in found["network.instance"]["detail"]
    assert found["network.instance"]["fix"] == "Correct INGEST_HTTPS_PROXY, or start the proxy."


def test_a_proxy_whose_name_is_wrong_is_not_taken_for_a_wrong_region(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_HTTPS_PROXY": "http://me:hunter2@proxy.invalid:3128"})
    assert found.broken == {"network.instance", "network.upload"}
    assert "the proxy proxy.invalid:3128 does not answer (there is no such host)" in found["network.upload"]["detail"]
    assert "hunter2" not in json.dumps(found.lines)


def test_a_bundle_that_is_not_there_is_one_fault(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_CA_BUNDLE": "/no/such.pem"})
    assert found.broken == {"settings.INGEST_CA_BUNDLE"}
    assert found["network.instance"]["detail"] == "unknown: needs INGEST_CA_BUNDLE, which is wrong"


def test_settings_that_are_wrong_are_all_told_and_the_rest_is_looked_at(cloud, diagnose) -> None:
    wrong = {
        "INGEST_INSTANCE_NAME": "",
        "INGEST_JPEG_QUALITY": "200",
        "INGEST_MAX_CONCURENCY": "3",
        "INGEST_DEAD_LETTER_QUEUE_URL": "letters",
    }
    found = diagnose(cloud.environ() | wrong)
    assert found.broken == {
        "settings.INGEST_INSTANCE_NAME",
        "settings.INGEST_JPEG_QUALITY",
        "settings.INGEST_MAX_CONCURENCY",
        "settings.INGEST_DEAD_LETTER_QUEUE_URL",
    }
    assert "Did you mean INGEST_MAX_CONCURRENCY?" in found["settings.INGEST_MAX_CONCURENCY"]["detail"]
    assert found["queue.visibility"]["ok"] is True
    assert found["bucket.announces"]["ok"] is True
    assert found["instance.exists"]["detail"].startswith("unknown: needs INGEST_INSTANCE_NAME")


def test_several_faults_are_all_told(cloud, diagnose) -> None:
    cloud.sqs.set_queue_attributes(QueueUrl=cloud.queue, Attributes={"VisibilityTimeout": "10"})
    cloud.s3.put_bucket_notification_configuration(Bucket="pictures", NotificationConfiguration={})
    found = diagnose(
        cloud.environ() | {"INGEST_BUCKET": "pictures", "INGEST_SERVICE_TYPE": "trademark", "INGEST_EXCLUDE": "*"}
    )
    assert found.broken == {"queue.visibility", "bucket.announces", "instance.kind", "settings.INGEST_EXCLUDE"}
    assert (found.code, found.summary["exit"], found.summary["broken"]) == (7, 7, 4)


def test_nothing_is_known_and_everything_is_told(diagnose) -> None:
    found = diagnose({"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"})
    assert found.code == 7
    assert {"settings.INGEST_INSTANCE_NAME", "settings.INGEST_INSTANCE_REGION"} <= found.broken
    assert found["queue.exists"]["ok"] is None
