"""Sheets that are misprinted, and files of labels that are half written or never the same."""

import errno
import os
import subprocess
import sys

import pytest
from PIL import Image

from tests.for_tools.test_labels import label, read, rendered
from tools.flashing.errors import FlashError
from tools.flashing.paper import SIZES, make_sheet, write_label, write_sheet
from tools.flashing.paper.__main__ import FOLDER, LABELS
from tools.flashing.paper.label import draw_label


def test_a_sheet_has_every_label_at_its_place():
    pdf = make_sheet([label(address) for address in range(100, 124)])
    page = rendered(pdf, 200)
    found = {code.text: code.position for code in read(page)}
    assert found.keys() == {f"neckar:{address}" for address in range(100, 124)}
    mm = 200 / 25.4
    for at in range(24):
        corner = found[f"neckar:{100 + at}"].top_left
        row, column = divmod(at, 3)
        assert 0 < corner.x / mm - 70 * column < 35
        assert 0 < corner.y / mm - 0.5 - 37 * row < 37


def test_a_sheet_that_was_begun_goes_on_at_its_next_place_and_more_come_after_it():
    pages = [
        make_sheet([label()] * count, first).count(b"/Type /Page\n")
        for count, first in ((24, 1), (25, 1), (1, 24), (2, 24), (49, 1))
    ]
    assert pages == [1, 2, 1, 2, 3]
    corner = read(rendered(make_sheet([label()], 6), 200))[0].position.top_left
    assert corner.x / 200 * 25.4 > 140 and 37 < corner.y / 200 * 25.4 < 75


@pytest.mark.parametrize(("labels", "first"), [([], 1), ([label()], 0), ([label()], 25)])
def test_a_place_that_no_sheet_has_is_an_error(labels, first):
    with pytest.raises(ValueError):
        make_sheet(labels, first)


def test_the_same_label_gives_the_same_bytes_in_another_process():
    code = (
        "import sys, hashlib; from datetime import date; from tools.flashing.paper import *\n"
        "files = make_label(Label(17, 'air-17', 'a', 'b', 'c', date(2026, 11, 25)),"
        " SIZES['zebra-50x25'])\n"
        "sheet = make_sheet([Label(17, 'air-17', 'a', 'b', 'c', date(2026, 11, 25))])\n"
        "print(hashlib.sha256(files.png + files.pdf + sheet).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    }
    assert len(said) == 1 and len(said.pop()) == 65


@pytest.mark.parametrize("name", LABELS)
def test_the_pictures_in_docs_are_those_of_the_code(name):
    picture, now = Image.open(FOLDER / f"{name}.png"), draw_label(*LABELS[name])
    assert picture.size == now.size
    differ = sum(one != other for one, other in zip(picture.tobytes(), now.tobytes(), strict=True))
    assert differ < 0.02 * len(now.tobytes()), "more than another version of the library explains"


def test_files_are_named_after_their_node(tmp_path):
    png, pdf = write_label(tmp_path / "new" / "folder", label(), SIZES["zebra-50x25"])
    assert (png.name, pdf.name) == ("label-17.png", "label-17.pdf")
    assert png.read_bytes()[:4] == b"\x89PNG" and pdf.read_bytes()[:5] == b"%PDF-"
    assert write_sheet(tmp_path, [label(), label(18)]).name == "labels-17-18.pdf"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_what_the_disk_refuses_is_told_and_leaves_the_old_file_whole(tmp_path, monkeypatch, number):
    size = SIZES["zebra-50x25"]
    old = write_label(tmp_path, label(), size)[0].read_bytes()

    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FlashError) as caught:
        write_label(tmp_path, label(text="other"), size)
    assert caught.value.values["path"] == tmp_path / "label-17.png"
    assert (tmp_path / "label-17.png").read_bytes() == old
    assert sorted(path.name for path in tmp_path.iterdir()) == ["label-17.pdf", "label-17.png"]


def test_a_file_in_place_of_the_folder_is_told(tmp_path):
    (tmp_path / "labels").write_text("not a folder")
    with pytest.raises(FlashError):
        write_label(tmp_path / "labels", label(), SIZES["zebra-50x25"])
    assert [path.name for path in tmp_path.iterdir()] == ["labels"]
