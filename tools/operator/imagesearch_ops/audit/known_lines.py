"""Write what dead letters say as lines to sort, and find the letters of an object while both are read in order."""

import json
from collections.abc import Iterable, Iterator

from imagesearch_ops.audit.known import Known
from imagesearch_ops.audit.run_lines import FIELD, join_ids
from imagesearch_ops.buckets.port import ListedObject
from imagesearch_ops.key_judge import KeyJudge, Refusal

_UNKNOWN_SIZE = 1  # of the object of a letter: a folder marker has no letter


def write_line(known: Known, judge: KeyJudge) -> bytes | None:
    """Return the line of a letter, or ``None`` if the rule refuses its key: then the key is not ours."""
    verdict = judge.judge(ListedObject(known.key, _UNKNOWN_SIZE, "", ""))
    if isinstance(verdict, Refusal):
        return None
    return join_ids(verdict.product_id, verdict.pic_name) + FIELD + json.dumps(known).encode() + b"\n"


class Letters:
    """Letters in the order of their IDs. Ask for IDs in this order."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines: Iterator[bytes] = iter(lines)
        self._ids, self._rest = b"", b""
        self._found: list[Known] = []
        self._of = b""

    def find(self, ids: bytes) -> list[Known]:
        """Return the letters of the objects with these IDs."""
        if ids != self._of:
            self._of, self._found = ids, []
        while self._ids <= ids:
            if self._ids == ids:
                self._found.append(Known(*json.loads(self._rest)))
            line = next(self._lines, None)
            if line is None:
                self._lines = iter(())
                self._ids = b"\xff"  # above all IDs: no UTF-8 has this byte
            else:
                self._ids, _, self._rest = line.partition(FIELD)
        return self._found
