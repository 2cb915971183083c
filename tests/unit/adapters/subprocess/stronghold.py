"""A process with secrets and with a hostile child. ``test_kernel.py`` runs it as a user without privileges.

Its arguments say whether it hides its memory, and whether its child gives up what it does not need. It prints the
attacks that got the secret.
"""

import ctypes
import json
import os
import socket
import sys
import tempfile
import threading
from pathlib import Path

from imagesearch_ingest.adapters.subprocess.child_process import PROGRAM, ChildProcess
from imagesearch_ingest.adapters.subprocess.kernel import hide_memory
from imagesearch_ingest.images import Policy
from imagesearch_ingest.model.errors import IngestError

# The real child, in which each picture runs the attacks instead of being decoded.
HIJACKED = f"""
import sys
sys.path[:] = sys.argv[2:]
import json
sys.path.insert(0, {str(Path(__file__).parent)!r})
import hostile
from imagesearch_ingest import images
from imagesearch_ingest.adapters.subprocess import program
from imagesearch_ingest.model.errors import IngestError
from imagesearch_ingest.model.reasons import Reason
def attack(data, policy):
    *numbers, path, secret = json.loads(data)
    found = hostile.succeeding(hostile.Target(*numbers, path), secret.encode())
    raise IngestError(Reason.INTERNAL_ERROR, json.dumps(found))
images.prepare = attack
if not LOCKED:
    program.lock_down = lambda: None
"""


def main(hides: bool, locks: bool) -> None:  # noqa: FBT001 - a program's arguments
    if hides:
        assert hide_memory()
    secret = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"].encode()
    in_memory = ctypes.create_string_buffer(secret, len(secret) + 8)
    with tempfile.NamedTemporaryFile() as file, socket.create_server(("127.0.0.1", 0)) as server:
        file.write(secret)
        file.flush()
        Path(file.name).chmod(0o644)
        threading.Thread(target=serve, args=(server, secret), daemon=True).start()
        where = [ctypes.addressof(in_memory), len(secret), file.fileno(), server.getsockname()[1], file.name]
        data = json.dumps([*where, secret[::-1].decode()]).encode()
        program = HIJACKED.replace("LOCKED", str(locks)) + PROGRAM.replace("sys.path[:] =", "_ =")
        with ChildProcess(os.environ, program=program) as child:
            try:
                child.prepare(data, Policy(), 60)
            except IngestError as error:
                sys.stdout.write(error.detail)


def serve(server: socket.socket, secret: bytes) -> None:
    """Answer whoever connects, as the runtime's API on Lambda and the metadata service on Function Compute do."""
    while True:
        connection, _ = server.accept()
        with connection:
            connection.sendall(secret)


if __name__ == "__main__":
    main(*(argument == "yes" for argument in sys.argv[1:]))
