"""Messages that leave a technician alone: a code without words, a gap that nothing fills, the wrong
language, a table that is older than the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from tests.test_architecture import words
from tools.flashing.errors import FlashError
from tools.flashing.language import language
from tools.flashing.messages import AREAS, CATALOGUE, text
from tools.flashing.messages.__main__ import PAGE, ROOT, main, page

FLASHING = ROOT / "tools" / "flashing"
CODE = re.compile(r"F\d{3}")
ENGLISH = words(
    "again and are board by cable cannot did does error failed file files folder for from give has"
    " have it its key missing must node not of on only or out please run set sign the there this to"
    " try use were which with without wrong you your"
)

FIELDS = words("user")  # names of settings, that begin a sentence


class Raised(NamedTuple):
    """A FlashError in the sources; `values` is None where they are handed on."""

    where: str
    code: str
    values: frozenset[str] | None


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(FLASHING.rglob("*.py")):
        if path.parent.name != "messages":
            yield path, ast.parse(path.read_text(encoding="utf-8"), str(path))


def raised_in(path: Path, tree: ast.Module) -> Iterator[Raised]:
    """Yield every FlashError that is made with its code as a literal."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if name == "FlashError" and isinstance(first, ast.Constant):
            names = [keyword.arg for keyword in node.keywords]
            values = None if None in names else frozenset(name for name in names if name)
            where = f"{path.relative_to(ROOT)}:{node.lineno}"
            yield Raised(where, str(first.value), values)


def mentioned_in(tree: ast.Module) -> Iterator[str]:
    """Yield every text that looks like a code: it may be raised by a function that gets it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from CODE.findall(node.value) if len(node.value) == 4 else ()


RAISED = [found for path, tree in trees() for found in raised_in(path, tree)]
MENTIONED = {code for _, tree in trees() for code in mentioned_in(tree)}


def gaps(*sentences: str) -> set[str]:
    return {
        re.split(r"[.\[]", name)[0]
        for sentence in sentences
        for _, name, _, _ in Formatter().parse(sentence)
        if name is not None
    }


def german_words(sentence: str) -> set[str]:
    """Return the words of a sentence, without gaps, options, and what is quoted."""
    plain = re.sub(r"\{[^}]*\}|„[^“]*“|--[\w-]+|[\w-]+[./_][\w./-]+", " ", sentence)
    return set(re.findall(r"[a-zäöüß]+", plain.lower()))


def test_every_code_that_is_raised_has_a_row():
    assert sorted(found for found in RAISED if found.code not in CATALOGUE) == []
    assert sorted(MENTIONED - CATALOGUE.keys()) == []


def test_every_row_is_raised_somewhere():
    assert sorted(CATALOGUE.keys() - MENTIONED) == []


def test_the_sources_were_found():
    assert any(found.code == "F601" for found in RAISED)


def test_values_are_exactly_what_the_sentences_name():
    wrong = [
        (found.where, found.code, sorted(found.values), sorted(gaps(row.de, row.de_next)))
        for found in RAISED
        if (row := CATALOGUE.get(found.code)) and found.values is not None
        if found.values != gaps(row.de, row.de_next)
    ]
    assert wrong == []


def test_both_languages_name_the_same_values():
    differ = [
        code
        for code, row in CATALOGUE.items()
        if gaps(row.de, row.de_next) != gaps(row.en, row.en_next)
    ]
    assert differ == []


def test_each_area_has_its_own_hundred_and_no_code_is_there_twice():
    hundreds = [{code[:2] for code in area.messages} for area in AREAS]
    assert all(len(each) == 1 for each in hundreds)
    assert len(set.union(*hundreds)) == len(AREAS)
    assert all(CODE.fullmatch(code) for code in CATALOGUE)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_sentences_are_sentences_in_their_language(code):
    row = CATALOGUE[code]
    for sentence in row:
        assert re.search(r"[.}][“”]?$|chmod 600 \{path\}$", sentence), sentence
        assert "!" not in sentence
        assert sentence == " ".join(sentence.split()), sentence
        assert not sentence[0].islower() or sentence.split()[0] in FIELDS, sentence
    for sentence in (row.de, row.de_next):
        assert german_words(sentence) & ENGLISH == set(), sentence
    assert not {"du", "dein", "deine", "bitte"} & german_words(f"{row.de} {row.de_next}")
    assert not re.search("[äöüß„]", row.en + row.en_next)


def test_english_words_in_a_german_sentence_are_seen():
    assert german_words("Das Board is not da.") & ENGLISH
    assert (
        not german_words("Mit „doctor for board“ oder --port in docs/the.md nachsehen.") & ENGLISH
    )


def test_a_message_is_code_sentence_and_next_step():
    error = FlashError("F602", size="groß", known=["a", "b"])
    assert text(error, "de").startswith("F602 Die Etikettengröße „groß“ gibt es nicht. Eine von")
    assert "a, b;" in text(error, "de")
    assert text(error, "en").startswith("F602 There is no label")


def test_a_path_or_a_text_of_many_lines_stays_on_one():
    said = text(FlashError("F602", size="a\n  b", known=Path("x") / "y"), "de")
    assert "„a b“" in said and "x/y" in said and "\n" not in said


@pytest.mark.parametrize(
    "error",
    [
        FlashError("F999", port="/dev/ttyUSB0"),
        FlashError("F602"),
        FlashError("F602", size="{known}"),
        FlashError("nonsense", a={}, b=None),
    ],
)
def test_what_has_no_words_says_code_and_values_and_never_raises(error):
    for lang in ("de", "en", "fr"):
        assert text(error, lang) == str(error)
        assert error.code in text(error, lang)


def test_braces_in_a_value_are_only_text():
    assert "„{known}“" in text(FlashError("F602", size="{known}", known="x"), "de")


def test_the_table_in_docs_is_that_of_the_code():
    assert (ROOT / PAGE).read_text(encoding="utf-8") == page()
    assert main(["--check"]) == 0


def test_the_table_has_every_code_in_both_languages():
    lines = page().splitlines()
    for code in CATALOGUE:
        assert sum(line.startswith(f"| {code} |") for line in lines) == 2
    assert all(line.count(" | ") == 2 for line in lines if CODE.match(line[2:]))


@pytest.mark.parametrize(
    ("wanted", "environment", "spoken"),
    [
        ("en", {"LANG": "de_DE.UTF-8"}, "en"),
        ("de", {"LANG": "en_US.UTF-8"}, "de"),
        (None, {}, "de"),
        (None, {"LANG": "C.UTF-8"}, "de"),
        (None, {"LANG": "POSIX"}, "de"),
        (None, {"LANG": "fr_FR.UTF-8"}, "de"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "en_GB.UTF-8", "LC_MESSAGES": "de_DE.UTF-8"}, "de"),
        (None, {"LANG": "de_DE.UTF-8", "LC_ALL": "en_US.UTF-8"}, "en"),
        (None, {"LANG": "en_US.UTF-8", "LC_ALL": ""}, "en"),
    ],
)
def test_the_language_is_german_unless_somebody_asks_for_english(wanted, environment, spoken):
    assert language(wanted, environment) == spoken
