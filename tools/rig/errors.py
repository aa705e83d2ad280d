"""What the rig cannot do, in one sentence with the next step."""


class RigError(Exception):
    """The virtual board cannot be made or does not come up."""
