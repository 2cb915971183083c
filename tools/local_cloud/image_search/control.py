"""The control API, for other processes: plain HTTP on the proxy's own port.

    GET  /_local/entries                                the index, without the pictures' bytes
    GET  /_local/picture?product_id=...&pic_name=...    one picture's bytes
    GET  /_local/calls                                  the calls so far
    PUT  /_local/faults        a list of faults         replaces those in force
    PUT  /_local/latencies     {"add": 0.4}             replaces those in force
    POST /_local/reset                                  empties all of these, and the index with its files

Answers are JSON; an error is ``{"error": "..."}``.
"""

import dataclasses
import json
from collections.abc import Callable

from local_cloud.image_search.faults import Faults
from local_cloud.image_search.model import Entry, Index
from local_cloud.image_search.script import Script
from local_cloud.image_search.uploads import Uploads
from local_cloud.image_search.wire import Answer, Request, json_answer


class Control:
    def __init__(self, index: Index, uploads: Uploads, faults: Faults, script: Script) -> None:
        self._index = index
        self._uploads = uploads
        self._faults = faults
        self._script = script
        self._routes: dict[tuple[str, str], Callable[[Request], Answer]] = {
            ("GET", "/_local/entries"): self._entries,
            ("GET", "/_local/picture"): self._picture,
            ("GET", "/_local/calls"): self._calls,
            ("PUT", "/_local/faults"): self._put_faults,
            ("PUT", "/_local/latencies"): self._put_latencies,
            ("POST", "/_local/reset"): self._reset,
        }

    def answer(self, request: Request) -> Answer:
        route = self._routes.get((request.method, request.path))
        if route is None:
            return json_answer(404, {"error": f"{request.method} {request.path} is not one of {self._listed()}"})
        try:
            return route(request)
        except ValueError as error:
            return json_answer(400, {"error": str(error)})

    def reset(self) -> None:
        self._index.clear()
        self._uploads.clear()
        self._faults.clear()
        self._script.forget_calls()

    def _entries(self, _request: Request) -> Answer:
        return json_answer(200, [_without_bytes(entry) for entry in self._index.entries()])

    def _picture(self, request: Request) -> Answer:
        ids = dict(request.query)
        entry = self._index.find(ids.get("product_id", ""), ids.get("pic_name", ""))
        if entry is None:
            return json_answer(404, {"error": f"the index holds no such picture: {ids}"})
        return Answer(200, "application/octet-stream", entry.picture)

    def _calls(self, _request: Request) -> Answer:
        return json_answer(200, [dataclasses.asdict(call) for call in self._script.calls()])

    def _put_faults(self, request: Request) -> Answer:
        self._faults.replace(json.loads(request.body))
        return json_answer(200, {})

    def _put_latencies(self, request: Request) -> Answer:
        self._faults.replace_latencies(json.loads(request.body))
        return json_answer(200, {})

    def _reset(self, _request: Request) -> Answer:
        self.reset()
        return json_answer(200, {})

    def _listed(self) -> str:
        return ", ".join(" ".join(route) for route in self._routes)


def _without_bytes(entry: Entry) -> dict[str, object]:
    told = {one.name: getattr(entry, one.name) for one in dataclasses.fields(entry) if one.name != "picture"}
    return told | {"bytes": len(entry.picture), "perceptual_hash": f"{entry.perceptual_hash:016x}"}
