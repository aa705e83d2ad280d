"""What goes wrong for a technician: a code, and what the sentence about it has to name.

Place: everything in tools.flashing -> here -> `messages`, which has the words in two languages.
"""


class FlashError(Exception):
    """`code` is a row of the catalogue in `messages`; `values` fill the gaps of its sentences."""

    def __init__(self, code: str, **values: object):
        super().__init__(code)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        """Return the code and the values: for logs of developers."""
        return " ".join([self.code, *(f"{name}={value}" for name, value in self.values.items())])
