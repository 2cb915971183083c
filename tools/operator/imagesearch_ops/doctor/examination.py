"""Run the checks in order. A check that depends on a failed one is unknown, so that one cause is told once."""

from collections.abc import Iterable, Iterator

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops.doctor.check import Check
from imagesearch_ops.doctor.findings import CannotSeeError, Finding, broken, unknown
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.refusals import blames_clock, judge
from imagesearch_ops.errors import InputError


def examine(patient: Patient, checks: Iterable[Check]) -> Iterator[tuple[Check, Finding]]:
    """Yield each check with what it found, several times if it found several things."""
    for check in checks:
        for finding in _look(patient, check):
            patient.found[check.name] = _worse(patient.found.get(check.name), finding)
            yield check, finding


def _look(patient: Patient, check: Check) -> list[Finding]:
    for needed in check.needs:
        if (found := patient.found.get(needed)) and found.is_blocking:
            return [_name_cause(needed, found)]
    try:
        found_now = check.look(patient)
        return [found_now] if isinstance(found_now, Finding) else list(found_now)
    except CannotSeeError as error:
        return [unknown(str(error), error.fix, is_blocking=True)]
    except (SettingsError, InputError) as error:
        return [broken(str(error), "Correct the variable that the detail names.")]
    except IngestError as error:
        if blames_clock(error):
            patient.clock.refuse(check.name, str(error.service_code))
        return [judge(error, check.action, patient.name_caller(check.action))]
    except Exception as error:  # noqa: BLE001 - an answer that nobody expected must not hide the other checks
        return [unknown(f"the answer could not be read ({type(error).__name__})", is_blocking=True)]


def _name_cause(needed: str, found: Finding) -> Finding:
    """Return that this cannot be seen, with the first cause in a chain of checks."""
    cause = found.detail.removeprefix("unknown: ")
    return unknown(cause if cause.startswith("needs ") else f"needs {needed}", is_blocking=True)


def _worse(one: Finding | None, other: Finding) -> Finding:
    ranks = {True: 0, None: 1, False: 2}
    return other if one is None or ranks[other.ok] > ranks[one.ok] else one
