"""The deployment is found in a stack, a file or the shell, and never mixed from two of them."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from imagesearch_ingest import __version__
from imagesearch_ingest.images.policy import PREPARATION
from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops import stack_source
from imagesearch_ops.audit import auditing
from imagesearch_ops.deployment import find_deployment, read_env_file, read_local_settings
from imagesearch_ops.errors import InputError

SQS = "https://sqs.eu-west-1.amazonaws.com/123456789012/"
FUNCTION = {
    "INGEST_INSTANCE_NAME": "demo",
    "INGEST_INSTANCE_REGION": "ap-southeast-1",
    "INGEST_BUCKET": "pictures",
    "INGEST_QUEUE_URL": f"{SQS}ingest",
    "INGEST_DEAD_LETTER_QUEUE_URL": f"{SQS}letters",
    "INGEST_KEY_TEMPLATE": "{product_id}/{pic_name}",
    "POWERTOOLS_SERVICE_NAME": "imagesearch-ingest",
}
OUTPUTS = {
    "QueueUrl": f"{SQS}ingest",
    "DeadLetterQueueUrl": f"{SQS}letters",
    "RuleDeadLetterQueueUrl": f"{SQS}rule",
    "FunctionName": "shop-IngestFunction",
}
SHELL = {"AWS_REGION": "eu-west-1"}


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """CloudFormation and Lambda as far as they are asked; moto's need packages that are not installed."""
    state = SimpleNamespace(outputs=dict(OUTPUTS), environment={"Variables": dict(FUNCTION)}, error=None, prefix="")

    def describe_stacks(*, StackName: str) -> dict:  # noqa: N803 - CloudFormation's name
        if state.error:
            raise state.error
        if StackName != "shop":
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        outputs = [{"OutputKey": key, "OutputValue": value} for key, value in state.outputs.items()]
        given = [{"ParameterKey": "KeyPrefix", "ParameterValue": state.prefix}]
        return {"Stacks": [{"Outputs": outputs, "Parameters": given}]}

    def get_function_configuration(*, FunctionName: str) -> dict:  # noqa: N803 - Lambda's name
        assert FunctionName == "shop-IngestFunction"
        return {"Environment": state.environment}

    clients = {
        "cloudformation": SimpleNamespace(
            describe_stacks=describe_stacks, meta=SimpleNamespace(region_name="eu-west-1")
        ),
        "lambda": SimpleNamespace(get_function_configuration=get_function_configuration),
    }
    monkeypatch.setattr(stack_source, "aws_client", lambda service, _: clients[service])
    return state


@pytest.mark.usefixtures("stack")
def test_a_stack_gives_queues_and_settings() -> None:
    found = find_deployment(SHELL, stack="shop")
    assert (found.queue_url, found.dead_letter_queue_url, found.rule_queue_url) == (
        f"{SQS}ingest",
        f"{SQS}letters",
        f"{SQS}rule",
    )
    assert found.settings.key_template == "{product_id}/{pic_name}"
    assert found.describe() == (
        "shop (eu-west-1): s3://pictures -> demo (ap-southeast-1), 5 adds/s, "
        "release 0.2.0, rule {product_id}/{pic_name}"
    )


@pytest.mark.parametrize(
    ("prefix", "setting", "url"),
    [
        ("", "", "s3://pictures/"),
        ("shoes/", "", "s3://pictures/shoes/"),
        ("shoes/", "shoes/red/", "s3://pictures/shoes/red/"),
        ("shoes/,bags/", "bags/", "s3://pictures/bags/"),
    ],
)
def test_an_audit_compares_what_the_stack_announces(
    stack: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, prefix: str, setting: str, url: str
) -> None:
    monkeypatch.setattr(auditing, "open_bucket", lambda url, _: url)
    stack.prefix = prefix
    stack.environment["Variables"] |= {"INGEST_KEY_PREFIX": setting}
    found = find_deployment(SHELL, stack="shop")
    assert auditing.open_place(None, found, found.settings) == url


def test_of_several_prefixes_an_audit_is_told_one(stack: SimpleNamespace) -> None:
    stack.prefix = "shoes/,red caps/"
    found = find_deployment(SHELL, stack="shop")
    with pytest.raises(InputError, match=r"Name one: audit 's3://pictures/shoes/' or 's3://pictures/red caps/'"):
        auditing.open_place(None, found, found.settings)


def test_a_stack_may_have_further_settings_and_a_share(stack: SimpleNamespace) -> None:
    further = '{"INGEST_JPEG_QUALITY": 85, "INGEST_HTTPS_PROXY": "http://in-the-vpc:3128"}'
    stack.environment["Variables"] |= {"INGEST_EXTRA_SETTINGS": further, "INGEST_RATE_SHARE_PERCENT": "50"}
    shell = SHELL | {"INGEST_HTTPS_PROXY": "http://here:3128", "INGEST_JPEG_QUALITY": "85"}
    found = find_deployment(shell, stack="shop")
    assert (found.settings.jpeg_quality, found.settings.https_proxy) == (85, "http://here:3128")
    assert "INGEST_EXTRA_SETTINGS" not in found.environ
    assert ", 2.5 adds/s (50% of 5), " in found.describe()


def test_further_settings_of_the_shell_are_unfolded_too(stack: SimpleNamespace) -> None:
    stack.environment["Variables"]["INGEST_JPEG_QUALITY"] = "85"
    with pytest.raises(InputError, match="INGEST_JPEG_QUALITY in the shell contradict shop"):
        find_deployment(SHELL | {"INGEST_EXTRA_SETTINGS": '{"INGEST_JPEG_QUALITY": 80}'}, stack="shop")
    same = SHELL | {"INGEST_EXTRA_SETTINGS": '{"INGEST_JPEG_QUALITY": 85}'}
    assert find_deployment(same, stack="shop").settings.jpeg_quality == 85


def test_wrong_further_settings_of_a_stack_are_named(stack: SimpleNamespace) -> None:
    stack.environment["Variables"]["INGEST_EXTRA_SETTINGS"] = "INGEST_JPEG_QUALITY=85"
    with pytest.raises(SettingsError, match="INGEST_EXTRA_SETTINGS is not JSON: look at character 1"):
        find_deployment(SHELL, stack="shop")


def test_required_settings_may_be_further_ones() -> None:
    given = '{"INGEST_INSTANCE_NAME": "demo", "INGEST_KEY_TEMPLATE": "{product_id}/{_}"}'
    settings = read_local_settings({"INGEST_EXTRA_SETTINGS": given})
    assert (settings.instance_name, settings.key_template) == ("demo", "{product_id}/{_}")
    queues = f'{{"INGEST_DEAD_LETTER_QUEUE_URL": "{SQS}letters", "INGEST_QUEUE_URL": "{SQS}ingest"}}'
    found = find_deployment(SHELL | {"INGEST_EXTRA_SETTINGS": queues})
    assert (found.dead_letter_queue_url, found.queue_url) == (f"{SQS}letters", f"{SQS}ingest")


@pytest.mark.usefixtures("stack")
def test_a_stack_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="there is no stack shpo in eu-west-1"):
        find_deployment(SHELL, stack="shpo")


def test_a_stack_of_another_kind_is_refused(stack) -> None:
    stack.outputs = {"Other": "x"}
    with pytest.raises(InputError, match="has no output FunctionName"):
        find_deployment(SHELL, stack="shop")


def test_a_stack_that_may_not_be_read_is_an_operators_matter(stack) -> None:
    stack.error = ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeStacks")
    with pytest.raises(IngestError) as error:
        find_deployment(SHELL, stack="shop")
    assert error.value.is_systemic


def test_a_path_in_the_functions_file_system_is_ignored(stack) -> None:
    stack.environment["Variables"]["INGEST_CA_BUNDLE"] = "/opt/ca.pem"
    assert find_deployment(SHELL, stack="shop").settings.ca_bundle is None


@pytest.mark.usefixtures("stack")
def test_variables_of_the_shell_that_contradict_the_stack_are_refused() -> None:
    wrong = {"INGEST_KEY_TEMPLATE": "{pic_name}", "INGEST_EXCLUDE": "*.tmp", "INGEST_BUCKET": "pictures"}
    with pytest.raises(InputError, match="INGEST_EXCLUDE, INGEST_KEY_TEMPLATE in the shell contradict shop"):
        find_deployment(SHELL | wrong, stack="shop")


@pytest.mark.parametrize("name", ["INGEST_CA_BUNDLE", "INGEST_HTTPS_PROXY", "INGEST_BUCKET_ENDPOINT"])
@pytest.mark.usefixtures("stack")
def test_how_this_machine_reaches_a_service_is_its_own_matter(name: str) -> None:
    assert find_deployment(SHELL | {name: "https://proxy.example"}, stack="shop").environ[name]


@pytest.mark.usefixtures("stack")
def test_an_option_that_contradicts_the_stack_is_refused() -> None:
    with pytest.raises(InputError, match=r"--queue-url \S+ contradicts shop"):
        find_deployment(SHELL, stack="shop", queue_url=f"{SQS}other")
    assert find_deployment(SHELL, stack="shop", queue_url=f"{SQS}letters").dead_letter_queue_url == f"{SQS}letters"


def test_a_file_gives_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "shop.env"
    lines = [
        "# the shop",
        "",
        *(f"{name}={value}" for name, value in FUNCTION.items()),
        "export INGEST_EXCLUDE='*.tmp'",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    found = find_deployment(SHELL, env_file=path)
    assert found.settings.exclude == ("*.tmp",)
    assert found.dead_letter_queue_url == f"{SQS}letters"
    assert found.describe().startswith("shop.env (eu-west-1): s3://pictures -> demo")


@pytest.mark.parametrize(
    ("text", "error"), [("no equals", InputError), ("INGEST_INSTANCE_NAME=", SettingsError), ("\udc80", InputError)]
)
def test_a_file_that_is_no_deployment_is_refused(tmp_path: Path, text: str, error: type[Exception]) -> None:
    (tmp_path / "a.env").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(error):
        find_deployment(SHELL, env_file=tmp_path / "a.env")


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "a.env").write_text("\ufeffINGEST_INSTANCE_NAME=demo\n", encoding="utf-8")
    assert read_env_file(tmp_path / "a.env") == {"INGEST_INSTANCE_NAME": "demo"}


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.env: No such file"):
        find_deployment(SHELL, env_file=tmp_path / "a.env")


def test_a_stack_and_a_file_are_one_too_many() -> None:
    with pytest.raises(InputError, match="--stack and --env-file"):
        find_deployment(SHELL, stack="shop", env_file=Path("a.env"))


def test_a_queue_alone_is_enough_to_read_it() -> None:
    found = find_deployment(SHELL | {"INGEST_DEAD_LETTER_QUEUE_URL": f"{SQS}letters"})
    assert found.settings is None
    assert "INGEST_INSTANCE_NAME" in found.fault
    assert found.describe() == f"dead letters (eu-west-1): {SQS}letters"


def test_the_shell_gives_settings_too() -> None:
    found = find_deployment(SHELL | FUNCTION)
    assert found.settings.instance_name == "demo"
    assert found.describe().startswith("this shell's settings (eu-west-1): s3://pictures -> demo")


def test_a_stack_of_another_release_is_told(stack, capsys) -> None:
    stack.outputs |= {"Release": "0.0.9", "Preparation": "2"}
    find_deployment(SHELL, stack="shop")
    assert capsys.readouterr().err == "The stack shop has release 0.0.9, and this tool is 0.2.0.\n"


def test_a_stack_that_prepares_in_another_way_is_refused(stack) -> None:
    stack.outputs |= {"Release": "0.0.9", "Preparation": "1"}
    with pytest.raises(InputError, match="Use the tool of the same release"):
        find_deployment(SHELL, stack="shop")


def test_the_template_names_this_release() -> None:
    template = (Path(__file__).parents[2] / "template.yaml").read_text(encoding="utf-8")
    assert f"\n    Value: {__version__}\n" in template
    assert f'\n    Value: "{PREPARATION}"\n' in template
