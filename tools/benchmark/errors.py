"""What keeps a benchmark from giving a number, in one line."""


class BenchError(Exception):
    """The text says what is wrong and what to do next; a wrong number is never printed instead."""
