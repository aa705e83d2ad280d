"""What nobody caught becomes a FlashError: a disk or package in words, else with its details kept.

Place: cli, batch -> `told` -> one line; the details -> a file in the folder for temporary files.
Guarantee: no local variables are written, so no key is. Never raises.
"""

import errno
import platform
import sys
import tempfile
import traceback

from tools.flashing.errors import FlashError


def told(error: BaseException) -> FlashError:
    """Return what a technician is told of an exception; F810 where it should not have happened."""
    if isinstance(error, FlashError):
        return error
    return _foreseen(error) or FlashError("F810", kind=type(error).__name__, file=_keep(error))


def _foreseen(error: BaseException) -> FlashError | None:
    """Return what the system said in words of ours, where a technician can mend it."""
    if isinstance(error, ModuleNotFoundError):
        name = (error.name or "").partition(".")[0]
        return None if name == "tools" else FlashError("F818", module=name)
    if not isinstance(error, OSError):
        return None
    file = error.filename or "stdout"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return FlashError("F815", file=file)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return FlashError("F816", file=file)
    if not error.filename:
        return None
    if error.errno == errno.ENOENT:
        return FlashError("F817", file=file)
    return FlashError("F323", path=file, why=error.strerror or str(error))


def _keep(error: BaseException) -> str:
    """Write an error and its way through the code; return the file, or `-` without a disk."""
    about = f"Python {platform.python_version()}, {platform.platform()}\n{' '.join(sys.argv)}\n\n"
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="neckar-flash-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(about + "".join(traceback.format_exception(error)))
            return file.name
    except OSError:
        return "-"
