"""Decide what is to be said about one object, from what was found out. Nothing is asked here."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import FaultClass, Reason, Result, Stage
from imagesearch_ops.dlq.letters import Line, hint
from imagesearch_ops.exit_codes import ExitCode
from imagesearch_ops.explain.entries import OtherEntry
from imagesearch_ops.explain.facts import Facts
from imagesearch_ops.faults import explain, find_hint


class Kind(Enum):
    """The kinds of verdicts, each with its exit code. ``UNKNOWN`` takes that of its fault."""

    IN_INDEX = "in_index", ExitCode.OK
    KEPT = "kept", ExitCode.OK
    SKIPPED = "skipped", ExitCode.OK
    WAITING = "waiting", ExitCode.OK
    WOULD_ADD = "would_add", ExitCode.OK
    REJECTED = "rejected", ExitCode.INCOMPLETE
    MISSING = "missing", ExitCode.DRIFT
    DIFFERENT = "different", ExitCode.DRIFT
    GIVEN_UP = "given_up", ExitCode.DRIFT
    GONE = "gone", ExitCode.DRIFT
    LEFT_OVER = "left_over", ExitCode.DRIFT
    UNKNOWN = "unknown", ExitCode.FAILED

    @property
    def code(self) -> str:
        return self.value[0]

    @property
    def exit_code(self) -> ExitCode:
        return self.value[1]


class Help(Enum):
    """What a command could do about it."""

    NOTHING = "nothing"
    ANNOUNCE = "announce"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said: the verdict in words, and what to do. ``reason`` is the code of a reason, if there is one."""

    kind: Kind
    text: str
    todo: str = ""
    reason: str | None = None
    helped_by: Help = Help.NOTHING
    fault: IngestError | None = None


_ANNOUNCE = "Announce it, or upload it again."
_BY_HAND = "The function does not touch that entry. Delete it with DeleteImage if nobody needs it."


def decide(facts: Facts) -> Verdict:
    """Return the verdict."""
    if facts.found is None:
        assert facts.bucket_fault is not None  # noqa: S101 - one of both is set
        return _unknown("the bucket could not be read", facts.bucket_fault)
    if facts.state is None:
        return _decide_gone(facts)
    if facts.refusal:
        return _decide_refused(facts, facts.refusal)
    fault = facts.trial.fault if facts.trial else None
    return _decide_faulty(facts, fault) if fault else _decide_addable(facts)


def choose_exit_code(verdict: Verdict, index_fault: IngestError | None) -> ExitCode:
    """Return the exit code. A verdict that is good as far as it goes is none if the index could not be asked."""
    fault = verdict.fault or (index_fault if verdict.kind.exit_code is ExitCode.OK else None)
    if fault is None:
        return verdict.kind.exit_code
    return ExitCode.OPERATOR_ACTION if fault.reason is Reason.ACCESS_DENIED else explain(fault)[1]


def _unknown(what: str, fault: IngestError) -> Verdict:
    todo = fault.reason.hint if fault.reason is Reason.ACCESS_DENIED else find_hint(fault)
    return Verdict(Kind.UNKNOWN, f"unknown: {what}: {fault.detail}", todo, fault.reason.code, fault=fault)


def _decide_gone(facts: Facts) -> Verdict:
    left = [other for other in _list_others(facts) if other.is_ours]
    if facts.entry is None and not left:
        index = "the index has no entry" if facts.answers else "the index was not asked"
        return Verdict(
            Kind.GONE,
            f"gone: the bucket has no such object, and {index}",
            "Check the key. It is taken as it is written.",
        )
    if facts.settings.on_removed == "keep":
        text = "kept: the object is gone, and INGEST_ON_REMOVED=keep keeps its entry in the index"
        return Verdict(Kind.KEPT, text, reason=Reason.REMOVED_KEPT.code)
    where = "its entry is" if facts.entry else f"an entry is, under other IDs: {name_others(left)},"
    text = f"gone: the object is gone from the bucket, but {where} still in the index"
    if facts.entry is None:
        return Verdict(Kind.LEFT_OVER, text, _BY_HAND)
    return Verdict(
        Kind.LEFT_OVER, text, "Announce it: the function then looks, and deletes the entry.", helped_by=Help.ANNOUNCE
    )


def _decide_refused(facts: Facts, refusal: IngestError) -> Verdict:
    left = [other for other in _list_others(facts) if other.is_ours]
    code = refusal.reason.code
    word = "excluded" if refusal.reason is Reason.EXCLUDED else f"skipped: {code}"
    if refusal.reason.result is not Result.SKIPPED:
        return Verdict(Kind.REJECTED, f"rejected: {code}: {refusal.detail}", refusal.reason.hint, code)
    if left:
        text = f"{word}: {refusal.detail}, but the index has an entry: {name_others(left)}"
        return Verdict(Kind.LEFT_OVER, text, _BY_HAND, code)
    return Verdict(Kind.SKIPPED, f"{word}: {refusal.detail}", refusal.reason.hint, code)


def _decide_faulty(facts: Facts, fault: IngestError) -> Verdict:
    code = fault.reason.code
    if fault.reason.result is Result.SKIPPED:
        return _decide_refused(facts, fault)
    if fault.reason.fault_class is not FaultClass.PERMANENT:
        return _unknown("the object could not be read or prepared", fault)
    if fault.reason is Reason.OBJECT_ARCHIVED and facts.entry and not facts.list_differences():
        return Verdict(Kind.IN_INDEX, "in the index as it should be")
    return Verdict(Kind.REJECTED, f"rejected: {code}: {fault.detail}", fault.reason.hint, code)


def _decide_addable(facts: Facts) -> Verdict:
    decide_next: Callable[[Facts], Verdict] = (
        _decide_unasked if facts.answers is None else _decide_present if facts.entry else _decide_absent
    )
    return decide_next(facts)


def _decide_unasked(facts: Facts) -> Verdict:
    if (letter := facts.letter) is None:
        text = f"would be added: nothing speaks against it, but the index was not asked ({facts.why_not_asked})"
        return Verdict(Kind.WOULD_ADD, text)
    if _is_refused_by_service(letter):
        return _refused_by_service(letter)
    return Verdict(Kind.GIVEN_UP, f"given up: {_describe(letter)}", _advise(letter), letter["code"], Help.REPLAY)


def _decide_present(facts: Facts) -> Verdict:
    assert facts.answers is not None  # noqa: S101 - the caller has checked
    if differences := facts.list_differences():
        text = f"different: the entry has other attributes: {'; '.join(differences)}"
        return Verdict(Kind.DIFFERENT, text, "Announce it: the function overwrites the entry.", helped_by=Help.ANNOUNCE)
    if facts.answers.is_same_picture is False:
        text = f"different: the entry shows another picture{_score(facts.answers.score)}"
        return Verdict(Kind.DIFFERENT, text, "Announce it: the function overwrites the entry.", helped_by=Help.ANNOUNCE)
    letter = facts.letter
    if letter is None or facts.answers.is_same_picture:
        return Verdict(Kind.IN_INDEX, "in the index as it should be")
    if _is_refused_by_service(letter):
        return _refused_by_service(letter)
    text = f"different: the index may hold an earlier picture, since the function gave this one up: {_describe(letter)}"
    return Verdict(Kind.DIFFERENT, text, _advise(letter), letter["code"], Help.REPLAY)


def _decide_absent(facts: Facts) -> Verdict:
    letter = facts.letter
    if letter and _is_refused_by_service(letter):
        return _refused_by_service(letter)
    if letter:
        text = f"missing: the function gave it up: {_describe(letter)}"
        return Verdict(Kind.MISSING, text, _advise(letter), letter["code"], Help.REPLAY)
    if ours := [other for other in _list_others(facts) if other.is_ours]:
        own = facts.identity.product_id if facts.identity else None
        what = "another ProductId" if all(one.ids.product_id != own for one in ours) else "other IDs"
        text = f"different: the index has it under {what}: {name_others(ours)}"
        return Verdict(Kind.DIFFERENT, text, f"{_ANNOUNCE} {_BY_HAND}", helped_by=Help.ANNOUNCE)
    if facts.is_young:
        todo = "Wait, and explain it again. Its event is on its way, or waits for its turn in the queue."
        return Verdict(Kind.WAITING, "waiting: younger than 1 h", todo)
    why = "no dead letter says why" if facts.letters.is_searched else "the dead letters are not all known"
    todo = f"Its event may never have come. {_ANNOUNCE}"
    return Verdict(Kind.MISSING, f"missing: the index has no entry, and {why}", todo, helped_by=Help.ANNOUNCE)


def _list_others(facts: Facts) -> list[OtherEntry]:
    return facts.answers.others if facts.answers else []


def name_others(others: list[OtherEntry]) -> str:
    """Return the IDs of entries in words, with how they were found."""
    return "; ".join(f"ProductId {one.ids.product_id}, PicName {one.ids.pic_name} ({one.why})" for one in others)


def _is_refused_by_service(letter: Line) -> bool:
    """Return whether Image Search refused the picture. What this machine finds says nothing about that."""
    return letter.get("stage") == Stage.INDEX and letter.get("class") == FaultClass.PERMANENT


def _refused_by_service(letter: Line) -> Verdict:
    return Verdict(Kind.REJECTED, f"rejected: {_describe(letter)}", hint(letter), letter["code"])


def _describe(letter: Line) -> str:
    return f"{letter['code']}: {letter['message']}"


def _advise(letter: Line) -> str:
    match letter.get("class"):
        case FaultClass.PERMANENT:
            return "It would be accepted now. Replay its dead letter."
        case FaultClass.SYSTEMIC:
            return f"{hint(letter)} Then replay its dead letter."
        case None:
            return hint(letter)
        case _:
            return "The fault may have passed. Replay its dead letter."


def _score(score: float | None) -> str:
    return "" if score is None else f" (score {score:.2f})"
