"""`make live`: ask a real account which lines of docs/not-verified.md hold. See CONTRIBUTING.md."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ingest.redaction import Redactor
from imagesearch_ops import output
from imagesearch_ops.errors import InputError
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.run_folder import new_run
from tests.live.account import Account
from tests.live.page import read_lines
from tests.live.place import find_place, open_account_run
from tests.live.probe import INSTANCE, WEB, Answer, Probe
from tests.live.removing import find_leftovers, remove_all, remove_leftovers
from tests.live.running import Result, run_probes, wanted_probes
from tests.live.showing import show_counts, show_header, show_needs, show_plan, show_result, write_json
from tests.live.suites import Suite, find_suites


class TerminatedError(BaseException):
    """Raised by SIGTERM. No ``except Exception`` catches it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="make live", description=__doc__)
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the results to FILE, one a line")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background processes ignore it
    signal.signal(signal.SIGTERM, _terminate)
    return run_safely(dict(os.environ), arguments.json)


def run_safely(environ: Mapping[str, str], json_path: Path | None) -> int:
    """Return the exit code. An error is one line on standard error."""
    try:
        return run(environ, json_path)
    except (InputError, SettingsError, IngestError) as error:
        output.message(f"error: {Redactor.from_environment(environ).prose(str(error))}")
        return ExitCode.OUTAGE if isinstance(error, IngestError) else ExitCode.USAGE
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except TerminatedError:
        return ExitCode.TERMINATED


def _terminate(*_: object) -> None:
    raise TerminatedError


def run(environ: Mapping[str, str], json_path: Path | None) -> int:
    """Show the plan, or do it. Raise ``InputError`` and ``SettingsError``."""
    wanted, deployment, place = find_place(environ)
    probes = wanted_probes(wanted.wants, wanted.has)
    suites = find_suites(wanted)
    if not suites and all(one.needs == WEB for one in probes) and not (wanted.only and probes):
        for line in show_needs(wanted.missing):
            output.message(line)
        raise InputError("there is nothing to ask. Set what one of these groups needs; CONTRIBUTING.md explains it.")
    if not wanted.is_confirmed:
        _print(show_plan(wanted, probes, [(one.name, one.does) for one in suites], place))
        output.message("Nothing was done. To do it, add LIVE_YES=1.")
        return ExitCode.OK
    with open_account_run(new_run(), environ, place) as folder:
        account = Account(wanted, deployment, folder)
        with _removing(account):
            results = list(_ask_all(account, probes, suites))
    if json_path:
        write_json(json_path, results, place, f"{datetime.now(UTC):%Y-%m-%dT%H:%MZ}")
    _print(show_counts(results))
    return ExitCode.FAILED if any(one.answer is Answer.FAILS for one in results) else ExitCode.OK


def _ask_all(account: Account, probes: list[Probe], suites: list[Suite]) -> Iterator[Result]:
    _check_room(account)
    output.message(f"Asking {account.folder.about['place']}")
    _print(show_header("answer", "the line, and what was seen"))
    texts = {line.id: line.text for line in read_lines()}
    for result in run_probes(account, probes, texts):
        _print(show_result(result))
        yield result
    for suite in suites:
        for result in suite.run(account):
            _print(show_result(result))
            yield result


def _check_room(account: Account) -> None:
    """Raise ``InputError`` if the instance holds too much that is not ours.

    If it cannot be asked, each of its probes says so.
    """
    if not account.wanted.has(INSTANCE):
        return
    try:
        total = account.once("instance", account.instance.detail).total
    except IngestError:
        return
    most = account.wanted.most_entries
    if total > most:
        raise InputError(
            f"the instance {account.instance.name} holds {total:,} entries, more than {most:,}. Use a throwaway "
            f"instance, or allow it with LIVE_MOST_ENTRIES={total}."
        )


@contextmanager
def _removing(account: Account) -> Iterator[None]:
    """Remove what earlier runs left, and at the end, however it comes, what this run has made."""
    _report(remove_leftovers(account))
    try:
        yield
    finally:
        handlers = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        _report(remove_all(account))
        _report(remove_leftovers(account))  # of the contract suites, if they were killed
        for number, handler in handlers.items():
            signal.signal(number, handler)
        _report_leftovers(account)


def _report(faults: list[str]) -> None:
    for fault in faults:
        output.message(f"not removed, but the next run tries it again: {fault}")


def _report_leftovers(account: Account) -> None:
    for path in find_leftovers(account, any_place=True):
        output.message(f"another run left something, of which {path} keeps a list. Run it again as it was.")


def _print(lines: list[str]) -> None:
    for line in lines:
        output.plain(line)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
