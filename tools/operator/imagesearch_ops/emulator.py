"""``emulator``: run the local cloud until it is stopped."""

import signal
import threading
from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.clouds import AnnouncedBy, CloudName, local_cloud
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import reporting
from imagesearch_ops.shell import quote
from imagesearch_ops.terminal_text import path_text

_VISIBILITY_SECONDS = 360  # six times the function's timeout, as the templates have it


def run_emulator(
    port: int,
    state_dir: Path | None,
    environ: Mapping[str, str],
    *,
    cloud_name: CloudName,
    announced_by: AnnouncedBy | None = None,
) -> ExitCode:
    """Run the command until SIGTERM. Raise ``SettingsError``, ``InputError``, and ``OSError`` if a port is in use."""
    with reporting(as_json=True) as report:
        cloud_class = local_cloud(cloud_name, announced_by)
        cloud_class.check_settings(environ)
        state_dir = state_dir and state_dir.resolve()  # other shells get paths in it
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        with cloud_class(
            environ, port=port, state_dir=state_dir, visibility_seconds=_VISIBILITY_SECONDS, on_log=output.message
        ) as cloud:
            output.json_line(
                {
                    "proxy": cloud.image_search.proxy_url,
                    "ca": path_text(cloud.image_search.ca_path),
                    **cloud.addresses(),
                    "bucket": cloud.bucket,
                    "instance": cloud.instance,
                }
            )
            output.message("To use it, run in another shell:")
            for name, value in cloud.environ().items():
                if name != "PATH":
                    output.message(f"  export {name}={quote(value)}")
            while not stopped.wait(timeout=0.5):
                pass
        return report.code
