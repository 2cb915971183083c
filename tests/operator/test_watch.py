import json

from imagesearch_ops.watch import Watch


def line(key: str, outcome: str = "added", **fields: object) -> str:
    least = {"message": "object", "key": key, "outcome": outcome, "ms": 1, "dead_lettered": False}
    return json.dumps(least | fields)


def test_the_last_word_on_an_object_counts() -> None:
    watch = Watch()
    watch.on_log(line("a.jpg", "failed", fault_class="transient"))
    watch.on_log('{"_aws": {}}')
    watch.on_log("something printed\n")
    watch.on_log(line("a.jpg"))
    (result,) = watch.wait(["a.jpg"], lambda _: None)
    assert result.outcome == "added"


def test_a_key_that_the_log_does_not_spell_out_is_known_all_the_same() -> None:
    """The function's log holds no secret, also where one is part of a key."""
    key = f"k?X-Amz-Signature={'a' * 64}"
    watch = Watch()
    watch.on_log(line("k?X-Amz-Signature=***"))
    (result,) = watch.wait([key], lambda _: None)
    assert (result.key, result.outcome) == (key, "added")


def test_what_is_systemic_is_not_waited_for() -> None:
    watch = Watch()
    watch.on_log(line("a.jpg", "failed", fault_class="systemic"))
    (result,) = watch.wait(["a.jpg"], lambda _: None)
    assert result.outcome == "failed"
