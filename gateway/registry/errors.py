"""What can be wrong with the registry.

RegistryError        what an operator typed or brought does not fit: exit code 2
├── RegistryFileError  the file cannot be opened, read or written: exit code 1
└── RefusedError          records that cannot be taken, one line for each; nothing was changed
"""

from gateway.errors import GatewayError


class RegistryError(GatewayError):
    """Names what is wrong, the value, and what would be right, in one line."""

    exit_code = 2


class RegistryFileError(RegistryError):
    """The file of the registry, or the disk below it, fails."""

    exit_code = 1


class RefusedError(RegistryError):
    """`conflicts`: one line for each, with both versions and where they come from."""

    def __init__(self, source: str, conflicts: list[str]):
        more = f" (and {len(conflicts) - 1} more)" if len(conflicts) > 1 else ""
        super().__init__(f"{source}: nothing was imported: {conflicts[0]}{more}")
        self.source = source
        self.conflicts = conflicts
