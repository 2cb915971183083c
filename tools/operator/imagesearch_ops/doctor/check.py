"""Define a check: one small question about a deployment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from imagesearch_ops.doctor.findings import Finding
from imagesearch_ops.doctor.patient import Patient

Look = Callable[[Patient], Finding | Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One check. Its name is ``<group>.<what>``.

    ``needs`` names the checks without which it sees nothing, and ``action`` the permission that it takes, as IAM or RAM
    names it.
    """

    name: str
    look: Look
    needs: tuple[str, ...] = ()
    action: str = ""

    @property
    def group(self) -> str:
        return self.name.partition(".")[0]
