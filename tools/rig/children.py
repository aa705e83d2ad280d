"""Programs that the rig starts end when it ends, however it ends.

Place: `preexec_fn` of every subprocess. An orphaned gateway would go on and open ports that belong
to somebody else by then.
"""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent() -> None:
    """Ask the kernel to kill this process when the one that started it dies."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
