"""``emulator``: the local cloud, kept running until it is stopped."""

import shlex
import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.clouds import CloudName, local_cloud
from imagesearch_ops.exit_codes import ExitCode


def run_emulator(port: int, state_dir: Path | None, environ: Mapping[str, str], *, cloud_name: CloudName) -> ExitCode:
    """Raises ``SettingsError``, and ``OSError`` when a port is taken."""
    chosen = local_cloud(cloud_name)
    chosen.check_settings(environ)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with chosen(environ, port=port, state_dir=state_dir, on_log=_log) as cloud:
        output.json_line(
            {
                "proxy": cloud.image_search.proxy_url,
                "ca": str(cloud.image_search.ca_path),
                **cloud.addresses(),
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
