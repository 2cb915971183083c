"""Take the keys from a file of lines."""

from collections.abc import Iterator
from dataclasses import dataclass

from imagesearch_ops import output
from imagesearch_ops.buckets.opening import Place
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.errors import InputError
from imagesearch_ops.key_sources.lines import Named, describe, is_read_twice, read_objects
from imagesearch_ops.key_sources.resuming import resume
from imagesearch_ops.key_sources.since import Since
from imagesearch_ops.terminal_text import printable


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file of lines, or standard input. ``source`` is its path, or ``-``."""

    source: str
    place: Place
    since: Since | None = None
    is_listing: bool = False
    is_complete: bool = False
    listed_at: float | None = None

    @property
    def name(self) -> str:
        return f"{describe(self.source)}{self.since or ''}"

    def check(self) -> None:
        """Raise ``InputError`` if a line cannot be used, before anything is done with those above it.

        Standard input can be read only once, so it is checked as it comes.
        """
        if is_read_twice(self.source):
            for _ in self._pass_filters():
                pass

    def objects(self, last_key: str, count: int) -> Iterator[ListedObject]:
        """Yield the objects in the order of the lines."""
        return resume(self._pass_filters(tell=True), last_key, count, describe(self.source))

    def _pass_filters(self, *, tell: bool = False) -> Iterator[ListedObject]:
        meant = self._meant(tell=tell)
        return self.since.filter(meant) if self.since else meant

    def _meant(self, *, tell: bool) -> Iterator[ListedObject]:
        """Yield the objects that the URL means. With ``tell``, tell a person how many lines mean others, or none."""
        meant = strangers = nameless = 0
        for named in read_objects(self.source):
            if named is None:
                nameless += 1
            elif self._is_meant(named):
                meant += 1
                yield named.listed
            else:
                strangers += 1
        if strangers and not meant:
            raise InputError(f"{describe(self.source)}: it names no object of {printable(str(self.place))}.")
        if tell and strangers + nameless:
            left_out = f"{strangers + nameless} of {meant + strangers + nameless} lines"
            output.message(f"{describe(self.source)}: {left_out} name no object of {self.place}, and were left out.")

    def _is_meant(self, named: Named) -> bool:
        url = self.place.url
        if url and (named.cloud not in (None, url.cloud) or named.bucket not in (None, url.bucket)):
            return False
        return named.listed.key.startswith(self.place.prefix)
