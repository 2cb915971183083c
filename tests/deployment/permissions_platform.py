"""Permissions that the platform uses on a function's behalf, where no stand-in makes its calls.

Each row names its document and section. The last two are of Alibaba Cloud.
"""

from tests.deployment.permissions import Grant, grant

_PLACE = "cn-shanghai:1234567890123456"  # of the templates for Alibaba Cloud: region and account
_NETWORK = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)


def write_logs(group: str) -> set[Grant]:
    """Lambda developer guide, "Sending Lambda function logs to CloudWatch Logs": without creating the group."""
    return {grant(f"logs:{action}", group) for action in ("CreateLogStream", "PutLogEvents")}


def poll_queue(queue: str) -> set[Grant]:
    """Lambda developer guide, "Using Lambda with Amazon SQS", "Configuring execution role permissions".

    The local event source mapping receives and deletes for real. Lambda also reads the attributes, when the mapping is
    made.
    """
    return {grant("sqs:GetQueueAttributes", queue)}


def connect_to_vpc() -> set[Grant]:
    """Lambda developer guide, "Giving Lambda functions access to resources in a VPC", "Required IAM permissions"."""
    return {grant(action, "*", "no lambda:SourceFunctionArn") for action in _NETWORK}


def invoke(function: str) -> set[Grant]:
    """EventBridge Scheduler user guide, "Setting up", "Set up the execution role"."""
    return {grant("lambda:InvokeFunction", function)}


def deliver_events(rule: str, *queues: str) -> set[Grant]:
    """EventBridge user guide, "Using resource-based policies", "Amazon SQS permissions", and the dead-letter queues."""
    return {grant("sqs:SendMessage", queue, f"aws:SourceArn={rule}") for queue in queues}


def store_logs(project: str, logstore: str) -> set[Grant]:
    """Function Compute, "Configure logging": the function's role writes its log."""
    return {grant("log:PostLogStoreLogs", f"acs:log:{_PLACE}:project/{project}/logstore/{logstore}")}


def pull_image(repository: str) -> set[Grant]:
    """Function Compute 2.0, "Custom Container": the service's role pulls the image."""
    actions = ("cr:GetAuthorizationToken", "cr:PullRepository")
    return {grant(action, f"acs:cr:{_PLACE}:repository/{repository}") for action in actions}
