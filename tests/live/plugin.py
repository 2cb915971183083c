"""A plugin of pytest that lets the contract suites run on a real account. Only `make live` loads it."""

import json
import os
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from imagesearch_ops.run_folder import new_run
from tests.live.account import Account
from tests.live.contract_subjects import LiveSubjects
from tests.live.place import find_place, open_account_run
from tests.live.removing import remove_all

SERVICES = {"s3": "aws", "sqs": "aws", "oss": "oss", "smq": "smq", "api": "instance"}
_OPEN = ExitStack()
_PARENT = os.getppid()
_REPORTS: list[dict[str, str]] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--live-reports", help="file that gets one line of JSON for each test")


def pytest_configure(config: pytest.Config) -> None:
    """Read the settings now: a fixture of the suite removes them from the environment."""
    environ = dict(os.environ)
    wanted, deployment, place = find_place(environ)
    folder = _OPEN.enter_context(open_account_run(new_run(), environ, place))
    account = Account(wanted, deployment, folder)
    _OPEN.callback(remove_all, account)
    config.live = LiveSubjects(account)  # type: ignore[attr-defined]  # tests/contract/conftest.py reads it


def pytest_unconfigure() -> None:
    """Remove what the tests have made. If this process is killed, the run that started it does so."""
    _OPEN.close()


def service_of(item: pytest.Item) -> str | None:
    """Return the service of a test: its parameter, or ``None`` if it cannot run on a real one."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    chosen = {parameters.get(name) for name in ("subject", "receiving")} & SERVICES.keys()
    return next(iter(chosen), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests of the services that the account has. A fake needs no account, and faults cannot be planted."""
    live: LiveSubjects = config.live  # type: ignore[attr-defined]
    kept = [one for one in items if (name := service_of(one)) and live.account.wanted.has(SERVICES[name])]
    config.hook.pytest_deselected(items=[one for one in items if one not in kept])
    items[:] = kept


def pytest_runtest_setup() -> None:
    """End once `make live` was killed: nobody would remove what the next test makes."""
    if os.getppid() != _PARENT:
        pytest.exit("make live has ended")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Note how each test ended: by its call, or by whatever failed around it."""
    report = yield
    if report.when == "call" or report.failed:
        why = str(call.excinfo.value).partition("\n")[0] if call.excinfo else ""
        about = {"file": item.path.name, "service": str(service_of(item)), "test": item.name}
        _REPORTS.append(about | {"outcome": report.outcome, "why": why})
    return report


def pytest_sessionfinish(session: pytest.Session) -> None:
    path = session.config.getoption("--live-reports")
    if path:
        Path(path).write_text("".join(json.dumps(one) + "\n" for one in _REPORTS), encoding="utf-8")
