"""Commands can be copied into a shell."""

import shlex

from imagesearch_ingest.watch.findings import aws_command


def test_values_survive_the_shell() -> None:
    command = aws_command("events", "put-rule", name="it's", event_pattern={"key": ["鞋/ *"]})
    assert shlex.split(command) == [
        "aws",
        "events",
        "put-rule",
        "--name",
        "it's",
        "--event-pattern",
        '{"key": ["鞋/ *"]}',
    ]
