"""Commands in the documentation that the gateway does not have, or not with these options."""

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest

from gateway.cli import _parse

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "gateway/README.md", "docs/operate.md", "docs/registry.md",
         "docs/commands.md", "docs/observe.md")  # fmt: skip


def shown():
    """Yield (page, words) of each line of code that types the command, without placeholders."""
    for page in PAGES:
        for line in (ROOT / page).read_text(encoding="utf-8").splitlines():
            found = re.match(r"    .*?neckar-gateway ([a-z-].*)", line)
            if found and not re.search(r"\[|\||--help", found[1].split(" #")[0]):
                yield page, tuple(shlex.split(found[1], comments=True))


def test_pages_show_commands():
    assert len(list(shown())) > 15


@pytest.mark.parametrize(("page", "words"), list(shown()))
def test_a_command_that_a_page_shows_is_one_that_can_be_typed(page, words):
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            _parse(list(words))
    except SystemExit:
        pytest.fail(f"{page}: {' '.join(words)}: {said.getvalue()}")
