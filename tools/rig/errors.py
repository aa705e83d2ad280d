"""What keeps a virtual board from running, in one sentence that says what to do next."""


class RigError(Exception):
    """The rig cannot do what it was asked for; the text is for the person who asked."""
