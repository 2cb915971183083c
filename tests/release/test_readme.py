"""The package's description has no link that leads nowhere on the package index."""

from importlib.metadata import metadata

from release.readme import with_addresses

README = """
![A terminal,
twice](docs/images/demo.svg) and [a `page`](docs/a.md#b), [elsewhere](https://example.com/x), [below](#use-it),
[its [old] name](LICENSE).
"""
PAGES = "https://github.com/imagesearch-ingest/imagesearch-ingest/blob/v1.2.3"
DESCRIPTION = f"""
![A terminal,
twice](https://raw.githubusercontent.com/imagesearch-ingest/imagesearch-ingest/v1.2.3/docs/images/demo.svg) and \
[a `page`]({PAGES}/docs/a.md#b), [elsewhere](https://example.com/x), [below](#use-it),
[its [old] name]({PAGES}/LICENSE).
"""


def test_relative_links_become_addresses() -> None:
    assert with_addresses(README, "1.2.3") == DESCRIPTION


def test_the_package_has_that_description() -> None:
    description = metadata("imagesearch-ingest").get_payload()
    assert "/docs/tutorial.md)" in description
    assert "](docs/" not in description
