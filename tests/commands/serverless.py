"""Check commands of `s` and `fun` against their own help (facts/serverless_devs.json)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.commands.options import find_unknown, is_written, read_options

FACTS: dict[str, Any] = json.loads(
    Path(__file__).with_name("facts").joinpath("serverless_devs.json").read_text(encoding="utf-8")
)


def check(words: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each fault of a command."""
    commands, options = (FACTS["fun"], {}) if words[0].endswith("fun") else (FACTS["commands"], FACTS["options"])
    names = [word for word in words[1:3] if is_written(word)]
    name = next((one for one in (" ".join(names), *names[:1]) if one in commands), "")
    if not name and names:
        yield f"{words[0]} has no command {' '.join(names)}."
    elif name:
        yield from find_unknown(read_options(words[2:]), {*commands[name], *options}, f"{words[0]} {name}")
