"""Generate the map of needs on the site's first page from the README's, so that there is one list."""

import re


def needs_for_index(readme: str) -> str:
    """Return the README's table of needs, with links that work from docs/index.md."""
    found = re.search(r"^\| I want to .*?(?=^$)", readme, re.DOTALL | re.MULTILINE)
    if not found:
        raise ValueError("README.md has no table that begins with: | I want to")
    return re.sub(r"\]\((?!https://)([^)]+)\)", lambda link: f"]({_from_docs(link[1])})", found[0])


def _from_docs(target: str) -> str:
    """Return the link as docs/index.md has it. The site has no page for files outside of docs/."""
    address = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/main/"
    return target.removeprefix("docs/") if target.startswith("docs/") else address + target
