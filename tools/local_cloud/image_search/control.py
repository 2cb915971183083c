"""The control API for other processes: plain HTTP on the proxy's own port.

    GET  /_local/entries                                the index, without the pictures' bytes
    GET  /_local/picture?product_id=...&pic_name=...    one picture's bytes
    GET  /_local/calls                                  the calls so far
    PUT  /_local/faults        a list of faults         replaces the current faults
    PUT  /_local/latencies     {"add": 0.4}             replaces the current latencies
    POST /_local/reset                                  empties all of these, and deletes the index's files

Responses are JSON; an error is ``{"error": "..."}``.
"""

import dataclasses
import json
from collections.abc import Callable

from local_cloud.image_search.fault_player import FaultPlayer
from local_cloud.image_search.faults import Faults
from local_cloud.image_search.models import Entry, Index
from local_cloud.image_search.uploads import Uploads
from local_cloud.server.wire import Request, Response, json_response

CONTROL_PREFIX = "/_local/"


class Control:
    def __init__(self, index: Index, uploads: Uploads, faults: Faults, player: FaultPlayer) -> None:
        self._index = index
        self._uploads = uploads
        self._faults = faults
        self._player = player
        self._routes: dict[tuple[str, str], Callable[[Request], Response]] = {
            ("GET", "/_local/entries"): self._get_entries,
            ("GET", "/_local/picture"): self._get_picture,
            ("GET", "/_local/calls"): self._get_calls,
            ("PUT", "/_local/faults"): self._put_faults,
            ("PUT", "/_local/latencies"): self._put_latencies,
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
        """Empty the index, the uploads, the faults, the latencies and the list of calls."""
        self._index.clear()
        self._uploads.clear()
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

    def _put_faults(self, request: Request) -> Response:
        self._faults.replace(json.loads(request.body))
        return json_response(200, {})

    def _put_latencies(self, request: Request) -> Response:
        self._faults.replace_latencies(json.loads(request.body))
        return json_response(200, {})

    def _post_reset(self, _request: Request) -> Response:
        self.reset()
        return json_response(200, {})


def _describe(entry: Entry) -> dict[str, object]:
    """Return the entry as JSON, with the picture's size in place of its bytes."""
    fields = {one.name: getattr(entry, one.name) for one in dataclasses.fields(entry) if one.name != "picture"}
    return fields | {"bytes": len(entry.picture), "perceptual_hash": f"{entry.perceptual_hash:016x}"}
