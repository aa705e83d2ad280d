"""What technicians read that is no error, in German and in English.

Place: command line, display, dialogue -> `say` -> the terminal.
"""

from tools.flashing.texts import commands, mounting, options, questions, screen

_TEXTS = {**commands.TEXTS, **mounting.TEXTS, **options.TEXTS, **questions.TEXTS, **screen.TEXTS}


def say(name: str, lang: str, /, **values: object) -> str:
    """Return a text in a language, its gaps filled; KeyError where there is no such text."""
    return _TEXTS[name][lang == "en"].format(**values)
