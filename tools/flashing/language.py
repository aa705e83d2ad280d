"""In which language a tool speaks to people.

Place: --lang, environment -> here -> everything that says something.
"""

import os
from collections.abc import Mapping

LANGUAGES = ("de", "en")


def language(wanted: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """Return `de` or `en`: what was asked for, else what the system speaks, else German.

    The first of LC_ALL, LC_MESSAGES and LANG that is set decides, as in POSIX (Base Definitions,
    section 8.2).
    """
    if wanted in LANGUAGES:
        return wanted
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    system = next((environment[name] for name in names if environment.get(name)), "")
    return "en" if system.lower().startswith("en") else "de"
