"""The commands that ``doctor`` prints for access without a key create it, on the local cloud."""

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from botocore.session import Session

from imagesearch_ops.doctor.keyless_setup import KeylessSetup
from local_cloud.clouds.keyless import AUDIENCE, PROVIDER_ARN, ROLE_ARN, KeylessAwsCloud
from local_cloud.sts import Role
from local_cloud.sts.issuer import find_fingerprint
from local_cloud.sts.policies import may_assume
from tests.support.ram import Ram

ROOT = Path(__file__).parents[3]
# Hands its words to this process, and prints the answer.
PROGRAM = """#!/usr/bin/env python3
import json, sys, urllib.request
words = [sys.argv[0].rpartition("/")[2], *sys.argv[1:]]
print(urllib.request.urlopen("http://127.0.0.1:{port}", json.dumps(words).encode()).read().decode(), end="")
"""
# Reaches the issuer's host on this machine.
OPENSSL = """#!/bin/bash
if [ "$1" = s_client ]; then
  [ "$3" = {host}:443 ] || exit 1
  exec /usr/bin/openssl s_client -connect 127.0.0.1:{port} "${{@:4}}"
fi
exec /usr/bin/openssl "$@"
"""


@pytest.fixture(scope="module")
def cloud() -> Iterator[KeylessAwsCloud]:
    with KeylessAwsCloud(with_function=False) as cloud:
        yield cloud


@pytest.fixture
def ram(cloud: KeylessAwsCloud) -> Ram:
    return Ram(cloud)


SETUP = KeylessSetup(
    role_arn=ROLE_ARN,
    provider_arn=PROVIDER_ARN,
    audience=AUDIENCE,
    instance="shop's",
    region="cn-shanghai",
    subjects=("arn:aws:iam::123456789012:role/shop-IngestRole-*",),
)


def _run(commands: list[str], cloud: KeylessAwsCloud, ram: Ram, folder: Path) -> list[list[str]]:
    """Run the commands in bash. Return the words of each ``aws``, ``aliyun`` and ``sam``: they come to this process."""
    given: list[list[str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            words = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            given.append(words)
            answer = _answer(words, cloud, ram)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    program = PROGRAM.format(port=server.server_address[1])
    openssl = OPENSSL.format(host=cloud.issuer.host, port=cloud.issuer.port)
    for name, text in {"aws": program, "aliyun": program, "openssl": openssl, "sam": program}.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    script = "set -euo pipefail\n" + "\n".join(commands)
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            ["/bin/bash", "-c", script],
            env={"PATH": f"{folder}:{os.environ['PATH']}"},
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert done.returncode == 0, done.stderr
    return given


def _answer(words: list[str], cloud: KeylessAwsCloud, ram: Ram) -> str:
    program, service, operation, *rest = words
    if program == "sam":
        return ""
    if program == "aws":
        assert service == "iam"
        method = operation.replace("-", "_")
        found = getattr(cloud.aws.client("iam"), method)()
        return found["IssuerIdentifier"] if rest == ["--query", "IssuerIdentifier", "--output", "text"] else ""
    given = {name.removeprefix("--"): value for name, value in zip(rest[::2], rest[1::2], strict=True)}
    assert service == ("ims" if "OIDCProvider" in operation else "ram")
    ram.call(operation, given)
    return ""


def _empty(cloud: KeylessAwsCloud, ram: Ram) -> None:
    cloud.set_up()
    cloud.federation.is_enabled = False
    cloud.sts.delete_provider(PROVIDER_ARN)
    cloud.sts.delete_role(ROLE_ARN)
    ram.attached.clear()


def test_the_commands_create_what_the_function_needs(cloud: KeylessAwsCloud, ram: Ram, tmp_path: Path) -> None:
    _empty(cloud, ram)
    _run(SETUP.commands(), cloud, ram, tmp_path)
    assert cloud.federation.is_enabled
    provider, role = cloud.sts.find_provider(PROVIDER_ARN), cloud.sts.find_role(ROLE_ARN)
    assert (provider.issuer, provider.client_ids) == (cloud.federation.issuer, {AUDIENCE})
    assert provider.fingerprints == {find_fingerprint(cloud.issuer.ca_path)}
    assert _accepts(role, cloud, "arn:aws:iam::123456789012:role/shop-IngestRole-4R9XEXAMPLE")
    assert not _accepts(role, cloud, "arn:aws:iam::123456789012:role/shop-2-IngestRole-4R9XEXAMPLE")
    assert not _accepts(role, cloud, "arn:aws:iam::999999999999:role/shop-IngestRole-4R9XEXAMPLE")
    assert ram.attached == {"imagesearch-ingest": ["imagesearch-ingest"]}
    assert ram.policies["imagesearch-ingest"] == {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["imagesearch:AddImage", "imagesearch:DeleteImage", "imagesearch:Detail"],
                "Resource": "acs:imagesearch:cn-shanghai:1234567890123456:instance/shop's",
            }
        ],
    }


def test_the_page_has_the_same_commands(cloud: KeylessAwsCloud, ram: Ram, tmp_path: Path) -> None:
    page = (ROOT / "docs/credentials.md").read_text(encoding="utf-8")
    keyless = page.partition("### What to create")[2].partition("\nRequests go to")[0]
    policy = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]
    (tmp_path / "policy.json").write_text(policy.replace("ACCOUNT", "1234567890123456"))
    written = re.findall(r"```sh\n(.*?)```", keyless, re.DOTALL)
    role = "arn:aws:iam::111122223333:role/imagesearch-ingest"
    printed = KeylessSetup(
        role_arn="acs:ram::1234567890123456:role/ingest",
        provider_arn="acs:ram::1234567890123456:oidc-provider/aws",
        audience="sts.aliyuncs.com",
        instance="INSTANCE",
        region="REGION",
        subjects=(f"{role}-IngestRole-*", f"{role}-AuditRole-*", f"{role}-WatchRole-*"),
    ).commands()
    both = []
    for commands in (written, printed):
        _empty(cloud, ram)
        both.append([_read_words(words) for words in _run(commands, cloud, ram, tmp_path)])
    assert both[0] == both[1]
    assert [words[:3] for words in both[0] if words[0] != "aws"] == [
        ["aliyun", "ims", "CreateOIDCProvider"],
        ["aliyun", "ram", "CreateRole"],
        ["aliyun", "ram", "CreatePolicy"],
        ["aliyun", "ram", "AttachPolicyToRole"],
        ["sam", "deploy", "--parameter-overrides"],
    ]


def _read_words(words: list[str]) -> list[object]:
    """Return the words, with documents as values, and the options of ``aliyun`` in any order."""
    values: list[object] = [json.loads(word) if word.startswith("{") else word for word in words]
    if words[0] != "aliyun":
        return values
    pairs = zip(words[3::2], values[4::2], strict=True)
    return [*values[:3], dict(pairs)]


def _accepts(role: Role, cloud: KeylessAwsCloud, subject: str) -> bool:
    claims = {"oidc:iss": [cloud.federation.issuer], "oidc:aud": [AUDIENCE], "oidc:sub": [subject]}
    return may_assume(role.trust_policy, PROVIDER_ARN, claims)


def test_the_last_command_tells_the_stack() -> None:
    assert SETUP.commands()[-1] == (
        "sam deploy --parameter-overrides AlibabaRoleArn=acs:ram::1234567890123456:role/imagesearch-ingest "
        "AlibabaOidcProviderArn=acs:ram::1234567890123456:oidc-provider/aws OidcAudience=sts.aliyuncs.com "
        """'CredentialsSecretArn=""'"""
    )


def test_an_audit_needs_more() -> None:

    (statement,) = replace(SETUP, has_audit=True).permissions()["Statement"]
    assert {"imagesearch:DumpMeta", "imagesearch:DumpMetaList", "imagesearch:CheckImageExists"} < set(
        statement["Action"]
    )


# Parameters of each operation, from the metadata of Alibaba Cloud's command line (aliyun-openapi-meta).
PARAMETERS = {
    "AddClientIdToOIDCProvider": {"ClientId", "OIDCProviderName"},
    "AddFingerprintToOIDCProvider": {"Fingerprint", "OIDCProviderName"},
    "AttachPolicyToRole": {"PolicyName", "PolicyType", "RoleName"},
    "CreateOIDCProvider": {"ClientIds", "Fingerprints", "IssuerUrl", "OIDCProviderName"},
    "CreatePolicy": {"PolicyDocument", "PolicyName"},
    "CreateRole": {"AssumeRolePolicyDocument", "RoleName"},
    "UpdateRole": {"NewAssumeRolePolicyDocument", "RoleName"},
}


def test_each_command_has_the_parameters_of_its_operation() -> None:
    lines = [*SETUP.commands(), *SETUP.update_role(), *SETUP.add_client_id(), *SETUP.add_fingerprint()]
    seen = set()
    for line in lines:
        if found := re.match(r"aliyun (ims|ram) (\w+) ", line):
            assert set(re.findall(r" --(\w+) ", line)) == PARAMETERS[found[2]]
            seen.add(found[2])
    assert seen == PARAMETERS.keys()
    operations = Session().get_service_model("iam").operation_names
    assert {"EnableOutboundWebIdentityFederation", "GetOutboundWebIdentityFederationInfo"} <= set(operations)
