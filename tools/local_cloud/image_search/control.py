"""The control API for other processes: plain HTTP on the proxy's own port.

    GET  /_local/entries                                the index, without the pictures' bytes
    GET  /_local/picture?product_id=...&pic_name=...    one picture's bytes
    GET  /_local/calls                                  the calls so far
    PUT  /_local/faults        a list of faults         replaces the current faults
    PUT  /_local/latencies     {"add": 0.4}             replaces the current latencies
    GET  /_local/instance                               the instance
    PUT  /_local/instance      {"capacity": 0}          changes some of capacity, expires, service_type, status, qps
    PUT  /_local/tasks         {"seconds": 0.1}         replaces how tasks run: the fields of ``TaskSettings``
    PUT  /_local/rates         {"detail": 100}          changes some of the rates, in calls per second
    POST /_local/reset                                  empties all of these, deletes the index's files, and takes
                                                        back every change

Responses are JSON; an error is ``{"error": "..."}``.
"""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from local_cloud.image_search.actions import Parts
from local_cloud.image_search.changes import Changes
from local_cloud.image_search.fault_player import FaultPlayer
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.models import Entry
from local_cloud.image_search.settings import describe_instance
from local_cloud.server.wire import Request, Response, json_response

CONTROL_PREFIX = "/_local/"


class Control:
    def __init__(self, parts: Parts, changes: Changes, faults: Faults, player: FaultPlayer) -> None:
        self._index = parts.index
        self._changes = changes
        self._faults = faults
        self._player = player
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/_local/entries"): self._get_entries,
            ("GET", "/_local/picture"): self._get_picture,
            ("GET", "/_local/calls"): self._get_calls,
            ("PUT", "/_local/faults"): self._put(faults.replace),
            ("PUT", "/_local/latencies"): self._put(faults.replace_latencies),
            ("GET", "/_local/instance"): self._get_instance,
            ("PUT", "/_local/instance"): self._put(changes.change_instance),
            ("PUT", "/_local/tasks"): self._put(changes.change_tasks),
            ("PUT", "/_local/rates"): self._put(changes.change_rates),
            ("POST", "/_local/reset"): self._post_reset,
        }

    def respond(self, request: Request) -> Response:
        route = self._routes.get((request.method, request.path))
        if route is None:
            known = ", ".join(" ".join(route) for route in self._routes)
            return json_response(404, {"error": f"{request.method} {request.path} is not one of {known}"})
        try:
            return route(request)
        except ValueError as error:
            return json_response(400, {"error": str(error)})

    def reset(self) -> None:
        """Take back every change, and empty the index, the uploads, the tasks, the faults and the list of calls."""
        self._changes.reset()
        self._faults.clear()
        self._player.forget_calls()

    def _get_entries(self, _request: Request) -> Response:
        return json_response(200, [_describe(entry) for entry in self._index.entries()])

    def _get_picture(self, request: Request) -> Response:
        ids = dict(request.query)
        entry = self._index.find(ids.get("product_id", ""), ids.get("pic_name", ""))
        if entry is None:
            return json_response(404, {"error": f"the index has no entry for {ids}"})
        return Response(200, "application/octet-stream", entry.picture)

    def _get_calls(self, _request: Request) -> Response:
        return json_response(200, [dataclasses.asdict(call) for call in self._player.calls()])

    def _get_instance(self, _request: Request) -> Response:
        return json_response(200, describe_instance(self._index.instance))

    def _put(self, change: Callable[[Any], None]) -> Callable[[Request], Response]:
        def respond(request: Request) -> Response:
            change(json.loads(request.body))
            return json_response(200, {})

        return respond

    def _post_reset(self, _request: Request) -> Response:
        self.reset()
        return json_response(200, {})


def _describe(entry: Entry) -> dict[str, object]:
    """Return the entry as JSON, with the picture's size in place of its bytes, and without its appearance."""
    left_out = ("picture", "appearance")
    fields = {one.name: getattr(entry, one.name) for one in dataclasses.fields(entry) if one.name not in left_out}
    return fields | {"bytes": len(entry.picture), "perceptual_hash": f"{entry.perceptual_hash:016x}"}
