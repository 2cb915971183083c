"""Draw the pictures of the README anew: a real run of the demo, and the page of a real plan. Needs Chromium."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from documentation.terminal import draw_terminal, read_screen, run_on_terminal
from imagesearch_ops.demo_pictures import draw_pictures
from local_cloud.clouds.aws import AwsCloud

_COLUMNS = 108
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_PRODUCTS = 40
_BAD = {"broken/thumbnail.png": 9, "broken/upload-cut-short.jpg": 4, "broken/really-text.jpg": 1, "broken/empty.jpg": 1}
_COMMAND = Path(sys.executable).with_name("imagesearch-ingest")


def main(folder: Path) -> None:
    """Write the pictures into the folder. Exit with a message if there is no Chromium."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        sys.exit(f"The picture of the plan needs Chromium, and none of {', '.join(_BROWSERS)} was found. Install it.")
    environ = {"PATH": os.environ["PATH"], "HOME": os.devnull, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    shown = read_screen(run_on_terminal([_COMMAND, "demo"], environ, _COLUMNS))
    svg = draw_terminal(["$ make demo", *shown], "imagesearch-ingest", _COLUMNS)
    (folder / "demo.svg").write_text(svg, encoding="utf-8")
    with tempfile.TemporaryDirectory() as work, AwsCloud({}, with_function=False) as cloud:
        for key, data in _stock():
            cloud.upload(key, data)
        _write_plan(Path(work), environ | cloud.environ())
        _photograph(Path(work), browser, folder / "plan.png")


def _stock() -> Iterator[tuple[str, bytes]]:
    """Yield the good sample pictures for many products, and the bad ones for a few."""
    for key, data in draw_pictures():
        for number in range(_BAD.get(key, 0) if key.startswith("broken/") else _PRODUCTS):
            yield f"{number + 1:03}/{key}", data


def _write_plan(work: Path, environ: dict[str, str]) -> None:
    plan: list[str | Path] = [_COMMAND, "plan", "s3://pictures", "--html", "plan.html"]
    subprocess.run(plan, cwd=work, env=environ | {"XDG_STATE_HOME": str(work)}, check=True, capture_output=True)  # noqa: S603


def _photograph(work: Path, browser: str, target: Path) -> None:
    size = ("--window-size=1000,840", "--hide-scrollbars", f"--user-data-dir={work / 'profile'}")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", *size, f"--screenshot={target}"]
    subprocess.run([*command, (work / "plan.html").as_uri()], check=True, capture_output=True, timeout=120)  # noqa: S603


if __name__ == "__main__":
    main(Path(sys.argv[1]))
