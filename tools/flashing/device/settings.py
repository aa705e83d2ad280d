"""Tells the settings of a node or a modem as its firmware understands them.

Place: `Prompt.run("settings")` -> board -> one JSON object, for comparison with what was wanted.
Guarantee: nothing is written. The key is not told.
"""

from node import config
from node.errors import NodeError


class _Config:
    """What `node.config` fills in."""


def main() -> dict:
    """Return every field that the firmware's loader sets; `problem` is None where all is well."""
    if config.given()[0].get("role") == "modem":
        from node import fields
        from node.modem import app

        try:
            return fields.checked(app._PATH, app._RULES)
        except NodeError as e:
            return {"problem": str(e)}
    into = _Config()
    config.load(into)
    return {name: value for name, value in into.__dict__.items() if name != "key"}
