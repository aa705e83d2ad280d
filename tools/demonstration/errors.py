"""What keeps the demonstration from running, in one line."""


class DemoError(Exception):
    """The text says what is wrong and what to do next."""
