"""The pages are accessible: axe finds no violation, wide and narrow, light and dark."""

import html
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.audit.findings import Findings
from imagesearch_ops.audit.page import write_page
from imagesearch_ops.audit.steps import Commands, list_steps
from imagesearch_ops.deployment_options import SHELL
from tests.deployment.conftest import cannot
from tests.deployment.node_tools import NODE_MODULES
from tests.e2e.conftest import COMMAND, clean_environ
from tests.support.browser import needs_browser, open_page
from tests.support.pictures import encode, jpeg, scene

AXE = NODE_MODULES / "axe-core" / "axe.min.js"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
RUN = """
document.querySelectorAll("details").forEach(one => one.open = true);
axe.run().then(found => {
  const shown = document.createElement("pre");
  shown.id = "axe";
  shown.textContent = JSON.stringify(found.violations.map(one => [one.id, one.nodes.map(node => node.html)]));
  document.body.append(shown);
});
"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return each page's text, by its command."""
    base = tmp_path_factory.mktemp("pages")
    files = {
        "shop/a.jpg": jpeg(),
        "b.bmp": encode(scene(), "BMP"),
        "c.png": encode(scene(20, 20), "PNG"),
        "d.jpg": b"x",
    }
    for key, data in {**files, "<x>.gif": b"", "Thumbs.db": b"x"}.items():
        (base / "in" / key).parent.mkdir(parents=True, exist_ok=True)
        (base / "in" / key).write_bytes(data)
    for command in ("plan", "prepare"):
        subprocess.run(  # noqa: S603 - our own command
            [COMMAND, command, base / "in", "--html", base / f"{command}.html"],
            env=clean_environ(XDG_STATE_HOME=str(base)),
            capture_output=True,
            check=False,
        )
    _write_audit(base / "audit.html")
    return {name: (base / f"{name}.html").read_text(encoding="utf-8") for name in ("plan", "prepare", "audit")}


def _write_audit(path: Path) -> None:
    findings = Findings()
    for symbol in "+-x~.?!":
        fields = {"key": None if symbol == "?" else "<a>.jpg", "product_id": "1", "pic_name": "b.jpg"}
        findings.add(
            {"class": symbol, **fields, "etag": "", "last_modified": 1767225600.0, "why": "corrupt_image: cut"}
        )
    names = ("same", "missing", "orphaned", "known_rejected", "waiting", "not_ours", "foreign", "errors")
    counts = dict.fromkeys(names, 1) | {"listed": 6, "indexed": 3, "drift": True}
    steps = list_steps(counts, findings, Commands("run", "s3://pictures", SHELL))
    write_page(path, "s3://pictures", counts, findings, steps, notes=["The dump may not be whole."])


def find_violations(text: str, folder: Path, *options: str) -> list[Any]:
    """Return what axe finds in a copy of the page that lets it run."""
    if not AXE.exists():
        cannot("axe-core is not installed: 'make test-deployment' installs it")
    axe = AXE.read_text(encoding="utf-8").replace("</script", "<\\/script")
    scripts = f"<script>{axe}</script><script>{RUN}</script></body>"
    page = folder / "page.html"
    page.write_text(POLICY.sub("", text).replace("</body>", scripts), encoding="utf-8")
    shown = open_page(page, folder, "--virtual-time-budget=60000", *options).document
    found = re.search(r'<pre id="axe">(.*?)</pre>', shown, re.DOTALL)
    assert found, "axe did not end"
    violations: list[Any] = json.loads(html.unescape(found[1]))
    return violations


@needs_browser
@pytest.mark.parametrize("page", ["plan", "prepare", "audit"])
@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_accessible(pages: dict[str, str], tmp_path: Path, page: str, width: int, scheme: str) -> None:
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    assert find_violations(pages[page], tmp_path, f"--window-size={width},2000", *dark) == []


@needs_browser
def test_axe_would_tell(tmp_path: Path) -> None:
    """Without this, the test above could pass because axe finds nothing at all."""
    text = "<!doctype html><html><body><img src='data:image/png;base64,AA'></body></html>"
    assert "image-alt" in [violation[0] for violation in find_violations(text, tmp_path)]
