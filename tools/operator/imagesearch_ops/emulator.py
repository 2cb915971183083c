"""``emulator``: the local cloud, kept running until it is stopped."""

import shlex
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.exit_codes import ExitCode
from local_cloud import LocalCloud
from local_cloud.cloud import check_settings


def run_emulator(port: int, state_dir: Path | None, environ: Mapping[str, str]) -> ExitCode:
    """Raises ``SettingsError``, and ``OSError`` when a port is taken."""
    check_settings(environ)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with LocalCloud(environ, port=port, state_dir=state_dir, on_log=_log) as cloud:
        output.json_line(
            {
                "proxy": cloud.image_search.proxy_url,
                "ca": str(cloud.image_search.ca_path),
                "s3": cloud.aws.url,
                "sqs": cloud.aws.url,
                "queue": cloud.queue,
                "dead_letter_queue": cloud.dead_letter_queue,
                "bucket": cloud.bucket,
                "instance": cloud.instance,
            }
        )
        output.people.print("To use it, from another shell:", highlight=False)
        for name, value in cloud.environ().items():
            if name != "PATH":
                output.people.print(f"  export {name}={shlex.quote(value)}", markup=False, soft_wrap=True)
        while not stopped.wait(timeout=0.5):
            pass
    return ExitCode.OK


def _log(line: str) -> None:
    """The function's log, as it comes; standard output holds the one line of data."""
    output.people.print(line.rstrip(), markup=False, soft_wrap=True)
