import json

from imagesearch_ops.outcome_watcher import OutcomeWatcher


def line(key: str, outcome: str = "added", **fields: object) -> str:
    least = {"message": "object", "key": key, "outcome": outcome, "ms": 1, "dead_lettered": False}
    return json.dumps(least | fields)


def test_last_outcome_of_an_object_counts() -> None:
    watcher = OutcomeWatcher()
    watcher.on_log(line("a.jpg", "failed", fault_class="transient"))
    watcher.on_log('{"_aws": {}}')
    watcher.on_log("something printed\n")
    watcher.on_log(line("a.jpg"))
    watcher.wait(["a.jpg"], lambda *_: None)
    (result,) = watcher.results(["a.jpg"])
    assert result.outcome == "added"


def test_redacted_key_in_the_log_is_recognised() -> None:
    """The log redacts secrets, even if they are part of a key."""
    key = f"k?X-Amz-Signature={'a' * 64}"
    watcher = OutcomeWatcher()
    watcher.on_log(line("k?X-Amz-Signature=***"))
    watcher.wait([key], lambda *_: None)
    (result,) = watcher.results([key])
    assert (result.key, result.outcome) == (key, "added")


def test_systemic_fault_ends_the_wait() -> None:
    watcher = OutcomeWatcher()
    watcher.on_log(line("a.jpg", "failed", fault_class="systemic"))
    watcher.wait(["a.jpg"], lambda *_: None)
    (result,) = watcher.results(["a.jpg"])
    assert result.outcome == "failed"
