"""What ends the gateway, or keeps it from starting.

GatewayError
├── ConfigError    something an operator wrote is wrong: exit code 2
└── SpoolError     the spool cannot be opened or written; `full` says that there is no room
"""

_LONGEST = 120


class GatewayError(Exception):
    """Anything the gateway reports in one line."""


class ConfigError(GatewayError):
    """A field of the configuration is wrong: names field, value and what would be right."""

    def __init__(self, field: str, value: object, wanted: str):
        super().__init__(f"{field} is {shown(value)}, should be {wanted}")
        self.field = field


class SpoolError(GatewayError):
    """The disk did not take what it was given; nothing of the group was stored."""

    def __init__(self, reason: str, full: bool = False):
        super().__init__(reason)
        self.full = full


def shown(value: object) -> str:
    """Return a value as an error shows it: one line, not endless, of tables only the names.

    A table is not shown whole: a misspelt one may hold a password.
    """
    if isinstance(value, dict):
        return "a table with " + (", ".join(map(repr, value)) or "nothing")
    if isinstance(value, list):
        return "[" + ", ".join(map(shown, value[:5])) + (", ...]" if len(value) > 5 else "]")
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
