"""What keeps a soak from giving a verdict, in one line."""


class SoakError(Exception):
    """The text says what is wrong and where to look; a verdict is never printed instead."""
