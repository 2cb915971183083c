"""Run the command ``emulator`` as another process would."""

import json
import re
import signal
import subprocess

from tests.e2e.conftest import COMMAND, clean_environ


class Emulator:
    """The running command, its line of data, and the variables that it says to export."""

    def __init__(self, *arguments: object, **environ: str) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            [COMMAND, "emulator", *map(str, arguments)],
            env=clean_environ(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        self.about = json.loads(self.process.stdout.readline())
        self.environ: dict[str, str] = {}
        while not {"INGEST_QUEUE_URL", "INGEST_DEAD_LETTER_QUEUE_URL"} <= self.environ.keys():
            if match := re.match(r"\s+export (\w+)=(.*)", self.process.stderr.readline()):
                self.environ[match[1]] = match[2]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=30)
        return self.process.returncode
