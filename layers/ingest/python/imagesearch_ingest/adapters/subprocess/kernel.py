"""Ask the Linux kernel to keep other processes out of this one. Other systems have no such calls.

The constants are those of linux/prctl.h (prctl(2)).
"""

import ctypes

_SET_DUMPABLE, _SET_NO_NEW_PRIVS = 4, 38


def hide_memory() -> bool:
    """Close this process's memory, environment and files in /proc to other processes of its user, and to debuggers.

    Return whether the kernel does so. A process with CAP_SYS_PTRACE, such as root's, can read them all the same. The
    setting ends with an ``exec``, so a program that this process starts is not covered (prctl(2), PR_SET_DUMPABLE).
    """
    return _call(_SET_DUMPABLE, 0)


def give_up_privileges() -> bool:
    """Let no set-user-ID program give privileges to this process or its descendants. Return whether that worked."""
    return _call(_SET_NO_NEW_PRIVS, 1)


def _call(option: int, value: int) -> bool:
    try:
        prctl = ctypes.CDLL(None).prctl
    except (OSError, AttributeError, TypeError):  # another system than Linux
        return False
    numbers = (ctypes.c_ulong(number) for number in (value, 0, 0, 0))
    return bool(prctl(ctypes.c_int(option), *numbers) == 0)
