"""Say which services a run asks, and open the folder in which it writes what it makes."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from imagesearch_ops.deployment import Deployment, find_deployment, without_queues
from imagesearch_ops.run_folder import RunFolder, default_folder, open_new_run
from tests.live.probe import AWS, INSTANCE, OSS, SMQ
from tests.live.wanted import Wanted, read_wanted

COMMAND = "live"


def find_place(environ: Mapping[str, str]) -> tuple[Wanted, Deployment, str]:
    """Return what is asked, and its name. Raise ``InputError`` and ``SettingsError``."""
    wanted = read_wanted(environ)
    found = find_deployment(wanted.environ, stack=wanted.stack, function=wanted.function)
    deployment = without_queues(found) if wanted.has(INSTANCE) else found
    return wanted, deployment, describe_place(wanted, deployment)


def describe_place(wanted: Wanted, deployment: Deployment) -> str:
    """Return what is asked, without a secret. Leftovers are removed by a run that asks the same."""
    environ, settings = deployment.environ, deployment.settings
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION")
    parts = [
        f"instance {settings.instance_name} ({settings.instance_region})" if settings and wanted.has(INSTANCE) else "",
        f"AWS in {region}" if wanted.has(AWS) else "",
        f"OSS in {wanted.oss_region}" if wanted.has(OSS) else "",
        f"SMQ at {wanted.smq_endpoint}" if wanted.has(SMQ) else "",
    ]
    return ", ".join(part for part in parts if part) or "the web"


@contextmanager
def open_account_run(run: str, environ: Mapping[str, str], place: str) -> Iterator[RunFolder]:
    """Open and lock the folder of a new run."""
    about = {"run": run, "command": COMMAND, "place": place}
    with open_new_run(default_folder(run, environ), about) as folder:
        yield folder
