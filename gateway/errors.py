"""What ends the gateway, or keeps it from starting.

GatewayError
├── ConfigError    something an operator wrote is wrong: exit code 2
└── SpoolError     the spool cannot be opened or written; `full` says that there is no room
"""


class GatewayError(Exception):
    """Anything the gateway reports in one line."""


class ConfigError(GatewayError):
    """A field of the configuration is wrong: names field, value and what would be right."""

    def __init__(self, field: str, value: object, wanted: str):
        super().__init__(f"{field} is {value!r}, should be {wanted}")
        self.field = field


class SpoolError(GatewayError):
    """The disk did not take what it was given; nothing of the group was stored."""

    def __init__(self, reason: str, full: bool = False):
        super().__init__(reason)
        self.full = full
