"""Run the probes that are wanted, and turn whatever happens into an answer."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from imagesearch_ingest.model.errors import IngestError, SettingsError
from imagesearch_ops.errors import InputError
from tests.live.account import Account
from tests.live.listing import all_probes
from tests.live.probe import AWS, IMPORT, INSTANCE, OSS, SMQ, Answer, Finding, Probe, cannot_tell

_LONGEST_EVIDENCE = 400


@dataclass(frozen=True)
class Result:
    """A row of the table."""

    id: str
    text: str
    answer: Answer
    evidence: str
    leaves: str = ""

    def public(self) -> dict[str, str]:
        return {
            "id": self.id,
            "line": self.text,
            "answer": self.answer.value,
            "evidence": self.evidence,
            "not_asked": self.leaves,
        }


def wanted_probes(wants: Callable[[str], bool], has: Callable[[str], bool]) -> list[Probe]:
    return [one for one in all_probes() if wants(one.id) and has(one.needs)]


def run_probes(account: Account, probes: list[Probe], texts: dict[str, str]) -> Iterator[Result]:
    """Yield a result for each probe. If the services of a group cannot be reached, all its probes say so."""
    faults: dict[str, Finding | None] = {}
    for one in probes:
        if one.needs not in faults:
            faults[one.needs] = _find_fault(account, one.needs)
        finding = faults[one.needs] or ask(account, one.ask)
        yield Result(one.id, texts[one.id], finding.answer, finding.evidence, one.leaves)


def ask(account: Account, question: Callable[[Account], Finding]) -> Finding:
    """Return the answer. An error is no answer: the finding then says what went wrong, in one line without secrets."""
    try:
        finding = question(account)
    except Exception as error:  # noqa: BLE001 - whatever a real service does, the other probes go on
        finding = cannot_tell(describe(error))
    text = " ".join(account.redactor.prose(finding.evidence).split())
    return Finding(finding.answer, text[:_LONGEST_EVIDENCE])


def describe(error: Exception) -> str:
    """Return what went wrong. An error that no service causes is called a fault of the probe."""
    match error:
        case IngestError():
            return f"{error.reason.code}{f' ({error.service_code})' if error.service_code else ''}: {error.detail}"
        case ClientError():
            about = error.response["Error"]
            return f"{error.operation_name}: {about['Code']}: {about.get('Message', '').partition('<')[0]}"
        case BotoCoreError() | OSError() | InputError() | SettingsError():
            return f"{type(error).__name__}: {error}".partition("\n")[0]
    if type(error).__module__.startswith("alibabacloud_oss_v2"):
        inner: Any = error.unwrap() if hasattr(error, "unwrap") else error
        return f"OSS: {getattr(inner, 'code', None) or inner}"
    return f"fault of this probe: {type(error).__name__}: {error}"


def _find_fault(account: Account, group: str) -> Finding | None:
    """Return what all probes of a group answer if its services cannot be reached."""
    look = _REACHED.get(group)
    if look is None:
        return None
    finding = ask(account, look)
    return finding if finding.answer is Answer.UNKNOWN else None


def _reach(call: Callable[[Account], object]) -> Callable[[Account], Finding]:
    def look(account: Account) -> Finding:
        call(account)
        return Finding(Answer.HOLDS, "")

    return look


def _reach_oss(account: Account) -> object:
    import alibabacloud_oss_v2 as oss  # noqa: PLC0415 - it takes a second to import

    return account.oss.list_buckets(oss.ListBucketsRequest(max_keys=1))


_REACHED: dict[str, Callable[[Account], Finding]] = {
    INSTANCE: _reach(lambda account: account.once("instance", account.instance.detail)),
    IMPORT: _reach(lambda account: account.once("instance", account.instance.detail)),
    AWS: _reach(lambda account: account.aws("sts").get_caller_identity()),
    OSS: _reach(_reach_oss),
    SMQ: _reach(lambda account: account.new_smq_queue()),
}
