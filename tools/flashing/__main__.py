"""`python -m tools.flashing` and the command `neckar-flash`: `tools.flashing.cli` does it.

Place: the shell -> here -> cli.
Guarantee: Ctrl-C while Python still loads ends it at once and silently.
"""

import signal
import sys

_RAISES = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not under nohup
if _RAISES:
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from tools.flashing import cli  # noqa: E402 - it takes long enough for a Ctrl-C


def main() -> int:
    """Run the command that was typed; return the exit code."""
    if _RAISES:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
