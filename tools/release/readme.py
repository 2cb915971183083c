"""The package's description on the package index: the README, with links that lead to the release's files on GitHub."""

import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface

PAGES = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/v{version}/"
PICTURES = "https://raw.githubusercontent.com/imagesearch-ingest/imagesearch-ingest/v{version}/"
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\((?!https?://|#)([^)]+)\)")


class ReadmeHook(MetadataHookInterface):
    """What hatchling calls for `[tool.hatch.metadata.hooks.custom]` in pyproject.toml."""

    def update(self, metadata: dict[str, Any]) -> None:
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {"content-type": "text/markdown", "text": with_addresses(text, metadata["version"])}


def with_addresses(text: str, version: str) -> str:
    """Return Markdown whose relative links have become addresses. The index has none of the files that they name."""
    pages, pictures = PAGES.format(version=version), PICTURES.format(version=version)
    return _LINK.sub(lambda link: f"{link[1]}[{link[2]}]({pictures if link[1] else pages}{link[3]})", text)
