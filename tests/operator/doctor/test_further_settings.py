"""Settings in ``INGEST_EXTRA_SETTINGS``: they are examined like others, and the fix names the template's parameter."""

import json
import re
import shlex

import pytest

PARAMETER = re.compile(r"ExtraSettings=\"((?:\\.|[^\"\\]+)*)\"")  # as SAM's command line reads it
TEXT = 'it\'s \\ "x"/ é'
HELD = {"INGEST_DEFAULT_CUSTOM_CONTENT": TEXT, "INGEST_MAX_SIDE_PIXELS": 1000}


@pytest.fixture
def environ(cloud):
    return {name: value for name, value in cloud.environ().items() if not name.startswith("ALIBABA_CLOUD")}


def _deploy(cloud, extra: object, **variables: str) -> None:
    client, stack = cloud.aws.client("lambda"), cloud._describe_stack()  # noqa: SLF001 - as it is deployed
    cloud.aws.stacks.add("local", lambda: stack)
    found = client.get_function_configuration(FunctionName="local-ingest")["Environment"]["Variables"]
    text = extra if isinstance(extra, str) else json.dumps(extra)
    ways = ("INGEST_HTTPS_PROXY", "INGEST_CA_BUNDLE")  # this machine's, which no template sets
    changed = {name: value for name, value in found.items() if name not in ways}
    changed |= {"INGEST_EXTRA_SETTINGS": text} | variables
    client.update_function_configuration(FunctionName="local-ingest", Environment={"Variables": changed})


def _faults(found) -> list[tuple[str, str]]:
    lines = [line for line in found.lines[:-1] if line["check"].startswith("settings.")]
    return [(line["detail"], line["fix"]) for line in lines]


def _read_command(fix: str) -> dict[str, str]:
    """Return the object that the command deploys."""
    *words, parameter = shlex.split(fix)
    assert words == ["sam", "deploy", "--parameter-overrides"]
    text = PARAMETER.fullmatch(parameter)[1]
    return json.loads(text.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'"))


def test_they_are_part_of_a_healthy_stack(cloud, diagnose, environ) -> None:
    _deploy(cloud, HELD | {"INGEST_HTTPS_PROXY": "http://in-the-vpc:3128", "INGEST_CA_BUNDLE": "/opt/ca.pem"})
    found = diagnose(environ, stack="local", write=False)
    assert (found.code, found.broken) == (0, set())


def test_a_wrong_one_has_a_command_that_keeps_the_others(cloud, diagnose, environ) -> None:
    _deploy(cloud, HELD | {"INGEST_JPEG_QUALITY": 900})
    ((detail, fix),) = _faults(diagnose(environ, stack="local"))
    assert detail == "INGEST_JPEG_QUALITY is '900': must be less than or equal to 95"
    assert _read_command(fix) == {
        "INGEST_DEFAULT_CUSTOM_CONTENT": TEXT,
        "INGEST_MAX_SIDE_PIXELS": "1000",
        "INGEST_JPEG_QUALITY": "...",
    }


def test_an_unknown_one_is_left_out(cloud, diagnose, environ) -> None:
    _deploy(cloud, {"INGEST_JPG_QUALITY": 85, "INGEST_MAX_SIDE_PIXELS": 1000})
    ((detail, fix),) = _faults(diagnose(environ, stack="local"))
    assert detail == "Unknown setting INGEST_JPG_QUALITY. Did you mean INGEST_JPEG_QUALITY?"
    assert _read_command(fix) == {"INGEST_MAX_SIDE_PIXELS": "1000"}


@pytest.mark.parametrize("text", ["{", '{"INGEST_BUCKET": "other"}'])
def test_a_wrong_object_is_one_finding_with_an_example(cloud, diagnose, environ, text: str) -> None:
    _deploy(cloud, text)
    found = diagnose(environ, stack="local")
    assert found.broken == {"settings.INGEST_EXTRA_SETTINGS"}
    ((detail, fix),) = _faults(found)
    assert detail.startswith("INGEST_EXTRA_SETTINGS ")
    assert _read_command(fix) == {"INGEST_...": "..."}


def test_a_setting_with_a_parameter_or_a_variable_keeps_its_way(cloud, diagnose, environ) -> None:
    _deploy(cloud, HELD, INGEST_SERVICE_TYPE="cloth", INGEST_MAX_CONCURRENCY="none")
    assert [fix for _, fix in _faults(diagnose(environ, stack="local"))] == [
        "sam deploy  # of template.yaml as it is: it sets INGEST_MAX_CONCURRENCY",
        "sam deploy --parameter-overrides ServiceType=...",
    ]


def test_a_password_among_them_is_not_shown(cloud, diagnose, environ) -> None:
    _deploy(cloud, {"INGEST_HTTPS_PROXY": "http://user:sesame-planted@proxy", "INGEST_JPEG_QUALITY": 900})
    found = diagnose(environ, stack="local")
    assert _faults(found)[0][1] == (
        "Set the parameter ExtraSettings with INGEST_HTTPS_PROXY, INGEST_JPEG_QUALITY, then sam deploy."
    )
    assert "sesame" not in json.dumps(found.lines)


def test_the_share_is_named_beside_the_rate(cloud, diagnose) -> None:
    found = diagnose(cloud.environ() | {"INGEST_RATE_SHARE_PERCENT": "50"})
    assert found["instance.rate"]["detail"] == "5 adds/s; 2.5 adds/s (50% of 5) are this deployment's"


def test_the_largest_batch_is_compared_with_the_share(cloud, diagnose, environ) -> None:
    _deploy(cloud, {}, INGEST_RATE_SHARE_PERCENT="1")
    found = diagnose(environ, stack="local")
    assert found["function.batches"]["detail"] == (
        "a batch of 10 takes 400 s at 0.025 adds/s per worker; the timeout is 60 s"
    )
