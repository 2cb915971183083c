"""``doctor``: examine a deployment, and tell how to mend what is wrong."""

from collections.abc import Mapping
from pathlib import Path

from imagesearch_ops import output
from imagesearch_ops.doctor.checks.keyless import is_keyless
from imagesearch_ops.doctor.checks.listing import checks_of
from imagesearch_ops.doctor.examination import examine
from imagesearch_ops.doctor.patient import Patient
from imagesearch_ops.doctor.showing import Row, describe, describe_counts, show, summarize
from imagesearch_ops.doctor.sources import find_patient
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.report import Report, reporting


def run_doctor(
    environ: Mapping[str, str],
    *,
    stack: str | None,
    function: str | None,
    env_file: Path | None,
    write: bool,
    as_json: bool,
) -> ExitCode:
    """Run the command. Raise ``InputError`` if there is no such deployment."""
    with reporting(as_json=as_json) as report:
        rows: list[Row] = []
        report.summary |= summarize(rows)
        report.ending = lambda: describe_counts(rows)
        patient = find_patient(environ, stack=stack, function=function, env_file=env_file)
        output.message(describe(patient))
        try:
            _examine(patient, rows, report, write=write)
        finally:
            if not as_json:
                show(rows)
        return report.code


def _examine(patient: Patient, rows: list[Row], report: Report, *, write: bool) -> None:
    checks = checks_of(patient.cloud, is_named=patient.is_named, write=write, is_keyless=is_keyless(patient))
    for check, finding in examine(patient, checks):
        row = Row.of(check, finding)
        rows.append(row)
        report.line(row.public())
        report.summary |= summarize(rows)
        if finding.ok is False:
            report.code = ExitCode.OPERATOR_ACTION
