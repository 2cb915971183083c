"""Node's SDK of OSS against the local Alibaba Cloud: the index ends equal to the bucket."""

from pathlib import Path

import pytest

from tests.local_cloud.clients.oss_workload import Workload, check_workload
from tests.local_cloud.clients.programs import run_client

SCRIPT = Path(__file__).with_name("oss_workload.js")
PACKAGES = Path(__file__).parent / "node/node_modules"


@pytest.mark.slow
@pytest.mark.parametrize("signature", ["v1", "v4"])
@pytest.mark.parametrize("versions", [False, True])
def test_ali_oss_leaves_the_index_equal_to_the_bucket(tmp_path: Path, signature: str, *, versions: bool) -> None:
    check_workload(tmp_path, signature, run_ali_oss, versions=versions)


def run_ali_oss(work: Workload) -> None:
    environ = {"NODE_EXTRA_CA_CERTS": str(work.cloud.oss.ca_path), "NODE_PATH": str(PACKAGES)}
    run_client(PACKAGES / ".installed", "node", SCRIPT, work.describe(), environ=environ)
