"""Say what a person can do about each class, with the command to copy."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from imagesearch_ops.audit.difference import Symbol
from imagesearch_ops.audit.findings import CLASSES, Findings
from imagesearch_ops.deployment_options import DeploymentOptions
from imagesearch_ops.shell import quote
from imagesearch_ops.terminal_text import printable

_MOST_TRIED = 100  # keys, until one needs no escaping
_DRY = "(a dry run; add --yes)"


class Step(NamedTuple):
    """What can be done about some classes, and the command."""

    symbols: tuple[Symbol, ...]
    text: str
    command: str

    @property
    def title(self) -> str:
        return f"{' '.join(self.symbols)}  {self.text}"


class Commands(NamedTuple):
    """What a command to copy needs: the run's name or folder, the URL of the bucket, and the deployment."""

    run: str
    bucket: str
    deployment: DeploymentOptions

    def write(self, *words: str) -> str:
        """Return a command. The words must be quoted."""
        return " ".join(["imagesearch-ingest", *words, *self.deployment.words()])

    def reconcile(self, *options: str) -> str:
        return self.write("reconcile", quote(self.run), *options)

    def explain(self, key: str) -> str:
        return self.write("explain", quote(f"{self.bucket.rstrip('/')}/{key}"))


def list_steps(counts: Mapping[str, Any], findings: Findings, commands: Commands) -> Iterator[Step]:
    """Yield what can be done about what was found."""
    numbers = {one.symbol: one.total(counts) or 0 for one in CLASSES}
    drift = tuple(symbol for symbol in (Symbol.MISSING, Symbol.ORPHANED) if numbers[symbol])
    if drift and counts.get("drift") is not False:  # or they may be another deployment's
        yield Step(drift, f"let the function look at them again {_DRY}", commands.reconcile())
    if keys := [line["key"] for line in findings.lines_of(Symbol.MISSING, _MOST_TRIED)]:
        plain = next((key for key in keys if printable(key) == key), keys[0])
        yield Step((Symbol.MISSING,), "see why one is missing", commands.explain(plain))
    if numbers[Symbol.REJECTED]:
        yield Step((Symbol.REJECTED,), "see why they were rejected", commands.write("dlq list --by reason"))
    if numbers[Symbol.FOREIGN] and counts.get("listing_complete") is not False and not counts.get("shared"):
        # or it is withheld
        delete = commands.reconcile("--delete-unmade", str(numbers[Symbol.FOREIGN]))
        yield Step((Symbol.FOREIGN,), f"delete them, with your own key {_DRY}", delete)
    if numbers[Symbol.UNDECIDED]:
        yield Step((Symbol.UNDECIDED,), "audit again", commands.write("audit", quote(commands.bucket)))
