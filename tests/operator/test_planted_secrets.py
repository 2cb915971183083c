"""Keys are planted in the shell. No command may write one: on no stream, and into no file."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from imagesearch_ops import cli
from local_cloud.clouds.aws import AwsCloud
from tests.support.pictures import jpeg
from tests.support.secret_forms import find_secrets, forms_of

SECRET, TOKEN = "zq7/Xw+Kp2=mVb9RtY4uJn6L", "CAIS/of+STS=wXk3Lq8Pz5Rv"
AWS_SECRET, AWS_TOKEN = "aW9/sEc+ReT=oFtHeOpErAtOr12", "FwoG/sess+ion=QmN7bVc4Xz"
BUCKET = "s3://pictures"
COMMANDS = {
    "help": ["--help"],
    "wrong command": ["nothing"],
    "doctor": ["doctor", BUCKET],
    "doctor, as JSON": ["doctor", BUCKET, "--json"],
    "plan": ["plan", BUCKET, "--json"],
    "explain": ["explain", f"{BUCKET}/shoes/1/a.jpg"],
    "explain, as JSON": ["explain", f"{BUCKET}/shoes/1/bad.jpg", "--json"],
    "prepare": ["prepare", "folder"],
    "backfill": ["backfill", BUCKET, "--yes"],
    "direct backfill": ["backfill", BUCKET, "--engine", "direct", "--yes", "--json"],
    "audit": ["audit", BUCKET, "--json"],
    "reconcile": ["reconcile", BUCKET],
    "dead letters": ["dlq", "list"],
    "replay": ["dlq", "replay", "--yes"],
    "stats": ["index", "stats"],
    "search": ["search", "folder/a.jpg", "--json"],
}


@pytest.fixture(scope="module")
def cloud() -> Iterator[AwsCloud]:
    with AwsCloud(with_function=False) as cloud:
        cloud.upload("shoes/1/a.jpg", jpeg())
        cloud.upload("shoes/1/bad.jpg", b"no picture")
        yield cloud


@pytest.fixture(params=["refused keys", "wrong setting", "keys in a setting"])
def shell(request, cloud: AwsCloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, below which all files are made, with planted keys in the environment."""
    odd = {
        "refused keys": {},
        "wrong setting": {"INGEST_JPEG_QUALITY": SECRET},
        "keys in a setting": {"INGEST_INSTANCE_NAME": AWS_TOKEN, "INGEST_CREDENTIALS_SECRET": json.dumps({"a": TOKEN})},
    }
    planted = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tOfTheOperator0",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
        "ALIBABA_CLOUD_SECURITY_TOKEN": TOKEN,
        "AWS_SECRET_ACCESS_KEY": AWS_SECRET,
        "AWS_SESSION_TOKEN": AWS_TOKEN,
    }
    for name, value in (cloud.environ() | planted | odd[request.param]).items():
        monkeypatch.setenv(name, value)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.jpg").write_bytes(jpeg())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_writes_a_key(shell: Path, monkeypatch, capfd, command: str) -> None:
    monkeypatch.setattr(sys, "argv", ["imagesearch-ingest", *COMMANDS[command]])
    with pytest.raises(SystemExit):
        cli.main()
    out, err = capfd.readouterr()
    assert out or err
    files = [path.read_bytes().decode("latin-1") for path in shell.rglob("*") if path.is_file()]
    for text in (out, err, *files):
        assert find_secrets(text, SECRET, TOKEN, AWS_SECRET, AWS_TOKEN) == [], text


@pytest.mark.parametrize("form", sorted(forms_of(SECRET)))
def test_every_form_would_be_found(form: str) -> None:
    assert find_secrets(f"abc {form} def", SECRET)
