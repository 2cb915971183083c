"""The local AWS describes stacks as CloudFormation does, and itself as the stack "local"."""

import pytest
from botocore.exceptions import ClientError

from local_cloud.aws import AwsServer
from local_cloud.stacks import Stack


def test_a_stack_is_described_with_outputs_and_parameters(aws: AwsServer, unique_name: str) -> None:
    made = []

    def make() -> Stack:
        made.append(unique_name)
        return Stack({"BucketName": "a<&>b"}, {"KeyPrefix": "x/"}, "UPDATE_COMPLETE")

    aws.stacks.add(unique_name, make)
    assert made == []
    client = aws.client("cloudformation")
    for _ in range(2):
        (found,) = client.describe_stacks(StackName=unique_name)["Stacks"]
    assert (found["StackName"], found["StackStatus"]) == (unique_name, "UPDATE_COMPLETE")
    assert found["Outputs"] == [{"OutputKey": "BucketName", "OutputValue": "a<&>b"}]
    assert found["Parameters"] == [{"ParameterKey": "KeyPrefix", "ParameterValue": "x/"}]
    assert made == [unique_name]


def test_a_stack_that_does_not_exist_is_refused(aws: AwsServer) -> None:
    with pytest.raises(ClientError) as error:
        aws.client("cloudformation").describe_stacks(StackName="nowhere")
    assert error.value.response["Error"] == {
        "Type": "Sender",
        "Code": "ValidationError",
        "Message": "Stack with id nowhere does not exist",
    }


def test_other_operations_are_refused(aws: AwsServer) -> None:
    with pytest.raises(ClientError, match="InvalidAction"):
        aws.client("cloudformation").list_exports()


def test_a_bucket_tells_that_it_announces_to_eventbridge(aws: AwsServer, unique_name: str) -> None:
    client = aws.client("s3")
    client.create_bucket(Bucket=unique_name)
    configured = client.get_bucket_notification_configuration(Bucket=unique_name)
    assert "EventBridgeConfiguration" not in configured
    client.put_bucket_notification_configuration(
        Bucket=unique_name, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    configured = client.get_bucket_notification_configuration(Bucket=unique_name)
    assert configured["EventBridgeConfiguration"] == {}
