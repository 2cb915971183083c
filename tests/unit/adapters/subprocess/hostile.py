"""What code that has taken over the child may try, to get at the secrets of the parent. It is run by ``stronghold.py``.

Each attack returns bytes. It has succeeded if they hold the secret. It is told where in the parent's memory, and under
which descriptor, the secret is, which real code would have to find out first.
"""

import ctypes
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PARENT = os.getppid()
_PIDFD_OPEN, _PIDFD_GETFD = 434, 438  # the same on all machines (syscalls(2))
_PEEKDATA, _ATTACH, _DETACH = 2, 16, 17
_LIBC = ctypes.CDLL(None, use_errno=True)


class Target(NamedTuple):
    """Where the secret is."""

    address: int
    length: int
    descriptor: int
    port: int
    path: str


class _Span(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def own_environment(_: Target) -> bytes:
    return Path("/proc/self/environ").read_bytes() + repr(os.environ).encode()


def own_arguments(_: Target) -> bytes:
    return Path("/proc/self/cmdline").read_bytes()


def own_memory(_: Target) -> bytes:
    return _read_all_memory("self")


def own_descriptors(_: Target) -> bytes:
    paths = Path("/proc/self/fd").iterdir()
    return b"".join(_read(str(path)) for path in paths if path.is_file())  # its two pipes would block


def environment(_: Target) -> bytes:
    return b"".join(path.read_bytes() for path in Path(f"/proc/{PARENT}").glob("task/*/environ")) + _read(
        f"/proc/{PARENT}/environ"
    )


def memory(_: Target) -> bytes:
    return _read_all_memory(str(PARENT))


def memory_at_address(target: Target) -> bytes:
    with Path(f"/proc/{PARENT}/mem").open("rb", buffering=0) as file:
        file.seek(target.address)
        return file.read(target.length)


def process_vm(target: Target) -> bytes:
    found = ctypes.create_string_buffer(target.length)
    mine = _Span(ctypes.cast(found, ctypes.c_void_p), target.length)
    theirs = _Span(target.address, target.length)
    _LIBC.process_vm_readv(PARENT, ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
    return found.raw


def debugger(target: Target) -> bytes:
    ptrace = _LIBC.ptrace
    ptrace.restype, ptrace.argtypes = ctypes.c_long, (ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p)
    if ptrace(_ATTACH, PARENT, None, None):
        raise OSError(ctypes.get_errno(), "ptrace")
    os.waitpid(PARENT, 0x40000000)  # __WALL
    try:
        words = [ptrace(_PEEKDATA, PARENT, target.address + at, None) for at in range(0, target.length, 8)]
    finally:
        ptrace(_DETACH, PARENT, None, None)
    return b"".join(word.to_bytes(8, "little", signed=True) for word in words)


def stolen_descriptor(target: Target) -> bytes:
    process = _LIBC.syscall(_PIDFD_OPEN, PARENT, 0)
    stolen = _LIBC.syscall(_PIDFD_GETFD, process, target.descriptor, 0)
    return os.pread(stolen, target.length, 0)


def descriptor_by_path(target: Target) -> bytes:
    return _read(f"/proc/{PARENT}/fd/{target.descriptor}")


def file(target: Target) -> bytes:
    return _read(target.path)


def network(target: Target) -> bytes:
    with socket.create_connection(("127.0.0.1", target.port), 5) as connection:
        return connection.recv(1000)


def program(target: Target) -> bytes:
    return subprocess.run(["/bin/cat", target.path], capture_output=True, check=True).stdout  # noqa: S603 - a fixed command


ATTACKS: list[Callable[[Target], bytes]] = [
    *(own_environment, own_arguments, own_memory, own_descriptors),
    *(environment, memory, memory_at_address, process_vm, debugger, stolen_descriptor, descriptor_by_path),
    *(file, network, program),
]


def succeeding(target: Target, backwards: bytes) -> list[str]:
    """Return the names of the attacks that get the secret, which comes backwards: it must not be in this process."""
    found = []
    for attack in ATTACKS:
        try:
            if backwards in attack(target)[::-1]:
                found.append(attack.__name__)
        except OSError:
            continue
    return found


def _read(path: str) -> bytes:
    with Path(path).open("rb", buffering=0) as file:
        return file.read(1 << 16)


def _read_all_memory(process: str) -> bytes:
    """Return everything that can be written: the stack, the heap and other anonymous memory."""
    found = []
    spans = [line.split() for line in Path(f"/proc/{process}/maps").read_text(encoding="utf-8").splitlines()]
    with Path(f"/proc/{process}/mem").open("rb", buffering=0) as file:
        for span in spans:
            begin, end = (int(number, 16) for number in span[0].split("-"))
            if span[1].startswith("rw") and end - begin <= 64 << 20:
                try:
                    file.seek(begin)
                    found.append(file.read(end - begin))
                except (OSError, ValueError, OverflowError):
                    continue
    return b"".join(found)
