"""A shop on the local AWS whose pictures have been ingested, and a folder to work in, for tests of what people type."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from imagesearch_ops.demo_pictures import draw_pictures
from imagesearch_ops.outcome_watcher import OutcomeWatcher
from local_cloud.clouds.aws import AwsCloud
from tests.e2e.conftest import clean_environ

EVENTS = Path(__file__).parents[2] / "events"
MAX_SECONDS = 120  # of all commands of a page or a section
_BETWEEN = "\x1e"


@dataclass(frozen=True)
class Shop:
    """The running cloud, and the variables of a shell that uses it."""

    cloud: AwsCloud
    environ: dict[str, str]

    def run(self, commands: list[str], folder: Path) -> list[str]:
        """Run the commands in one shell. Return what a person sees of each: standard output and standard error."""
        return run_shell(commands, folder, self.environ)


def run_shell(commands: list[str], folder: Path, environ: dict[str, str]) -> list[str]:
    """Run the commands in one bash. Return what each has printed that has ended in time.

    What they have left in the background is stopped.
    """
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    variables = clean_environ(**environ, PATH=path, XDG_STATE_HOME=str(folder.parent / "state"))
    # The separator must not change `$?`, which the next command may print.
    script = "\n".join(f"{command}\n_code=$?; printf '{_BETWEEN}'; (exit $_code)" for command in commands)
    with subprocess.Popen(  # noqa: S603 - our own commands
        ["/bin/bash", "-c", script],
        env=variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    ) as bash:
        try:
            shown, _ = bash.communicate(timeout=MAX_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(bash.pid, signal.SIGKILL)
            shown, _ = bash.communicate(timeout=MAX_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(bash.pid, signal.SIGKILL)
    return shown.split(_BETWEEN)[:-1]


@contextmanager
def open_shop() -> Iterator[Shop]:
    """Start the cloud, and wait until the sample pictures of ``demo`` are in the index or have a dead letter."""
    watcher = OutcomeWatcher()
    with AwsCloud({"INGEST_BUCKET": "pictures"}, visibility_seconds=360, on_log=watcher.on_log) as cloud:
        describe = cache(cloud._describe_stack)  # noqa: SLF001 - a stack is made once, whichever name is asked for first
        for name in ("shop", "local"):
            cloud.aws.stacks.add(name, describe)
        samples = dict(draw_pictures())
        for key, data in samples.items():
            cloud.upload(key, data)
        watcher.wait([*samples], lambda *_: None)
        yield Shop(cloud, {name: value for name, value in cloud.environ().items() if name != "PATH"})


def fill_folder(folder: Path, environ: dict[str, str]) -> None:
    """Make the files that the documents and the examples of the help name, and a run of `backfill`."""
    for key, data in draw_pictures():
        if len(key) < 100:  # no file may have the longest name
            path = folder / "pictures" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    shutil.copy(folder / "pictures/cups/1001/front.jpg", folder / "picture.jpg")
    shutil.copy(folder / "pictures/cups/1001/front.jpg", folder / "photo.jpg")
    shutil.copytree(EVENTS, folder / "events")
    shutil.copy(EVENTS / "aws-sqs-object-created.json", folder / "event.json")
    backfill = folder.parent / "state/imagesearch-ingest/20261129T0655-7f3a"
    backfill.mkdir(parents=True, exist_ok=True)
    about = {"command": "backfill", "run": backfill.name, "url": "s3://pictures", "engine": "queue", "complete": True}
    (backfill / "run.json").write_text(json.dumps(about), encoding="utf-8")
    (folder / "keys.txt").write_text("".join(f"{key}\n" for key, _ in draw_pictures()), encoding="utf-8")
    settings = {name: value for name, value in environ.items() if name.startswith("INGEST_")}
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in settings.items()]
    (folder / "shop.env").write_text("".join(lines), encoding="utf-8")


def is_like(expected: str, shown: str) -> bool:
    """Return whether the text is as expected.

    ``...`` alone on a line stands for any lines, and within a line for any text. The number of blanks does not matter.
    """
    patterns = []
    for line in expected.splitlines():
        if line.strip() == "...":
            patterns.append(r"(?:.*\n)*?")
        else:
            words = r"\s+".join(re.escape(word) for word in line.split())
            patterns.append(r"[^\S\n]*" + words.replace(re.escape("..."), ".*") + r"[^\S\n]*\n")
    text = "".join(f"{line}\n" for line in shown.splitlines())
    return re.fullmatch("".join(patterns), text) is not None
