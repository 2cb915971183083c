import pytest

from imagesearch_ingest.bootstrap.aws import lambda_worker
from imagesearch_ingest.bootstrap.aws_settings import faults_on_aws
from imagesearch_ingest.model.errors import SettingsError

GOOD = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/ingest",
    "INGEST_DEAD_LETTER_QUEUE_URL": "https://sqs.us-east-1.amazonaws.com/1/dead",
}
SMQ_URL = "https://1.mns.cn-shanghai.aliyuncs.com/queues/ingest"


def test_good_settings_have_no_fault() -> None:
    assert list(faults_on_aws(GOOD)) == []


def test_faults_are_reported_with_the_others() -> None:
    environ = {
        "INGEST_BUCKET_ENDPOINT": "https://oss-cn-shanghai.aliyuncs.com",
        "INGEST_QUEUE_URL": SMQ_URL,
        "INGEST_BUCKET": "Pictures",
    }
    with pytest.raises(SettingsError) as error:
        lambda_worker(GOOD | environ)
    first, second, third = str(error.value).splitlines()
    assert first.startswith("INGEST_BUCKET is 'Pictures': must be a bucket's name")
    assert second == "INGEST_BUCKET_ENDPOINT is set, but it works on Alibaba Cloud only. Remove it."
    assert (
        third == f"INGEST_QUEUE_URL is {SMQ_URL!r}: this is a queue of Alibaba Cloud; write the URL of a queue of SQS"
    )


@pytest.mark.parametrize("url", ["https://[", "dead", "arn:aws:sqs:us-east-1:1:dead"])
def test_a_common_fault_is_reported_once(url: str) -> None:
    assert list(faults_on_aws(GOOD | {"INGEST_DEAD_LETTER_QUEUE_URL": url})) == []
