"""One row of the catalogue of messages.

Place: the catalogue's files -> here -> `messages.text`.
"""

from typing import NamedTuple


class Message(NamedTuple):
    """A sentence that says what is wrong, and one that says what to do next, in two languages.

    Each may have gaps, `{port}`, for the values of the error.
    """

    de: str
    de_next: str
    en: str
    en_next: str
