"""Hold what one look found."""

from dataclasses import dataclass

from imagesearch_ingest.watch.findings import Finding, Kind


@dataclass(frozen=True, slots=True)
class Look:
    """What was found. A value that is not known is ``None``.

    ``full_percent`` is the instance's. ``days_to_expiry`` is negative after its end, and 0 if it is not in service.
    """

    full_percent: float | None = None
    days_to_expiry: float | None = None
    announcing: bool | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def has_failed(self) -> bool:
        """Return whether something could not be seen."""
        return any(one.kind is Kind.UNSEEN for one in self.findings)
