"""Labels that do not scan, that hide half of a number, or that are larger than their paper."""

import re
import shutil
import struct
import subprocess
from datetime import date
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from PIL import Image

from tools.flashing.errors import FlashError
from tools.flashing.paper import (
    SHEET,
    SIZES,
    Label,
    LabelSize,
    make_label,
    size_named,
)
from tools.flashing.paper.label import LEAST_MODULE_MM, draw_label
from tools.flashing.paper.lettering import BOLD, REGULAR, drawable, fitted, height_of

DAY = date(2026, 11, 25)
SMALLEST = LabelSize(25, 15, 203)
EVERY = {**SIZES, "sheet": SHEET, "smallest": SMALLEST, "square": LabelSize(25, 25, 203)}
LONG = "Straßenlärm-Messpunkt an der Käthchenstraße 42, Größe XXL, Richtung Süden"


def label(address: int = 17, text: str = "air-17") -> Label:
    return Label(address, text, text, "heltec_v3", text, DAY)


def chunks(png: bytes) -> dict[bytes, bytes]:
    """Return the chunks of a PNG by their name."""
    found, at = {}, 8
    while at < len(png):
        length, name = struct.unpack_from(">I4s", png, at)
        found[name] = png[at + 8 : at + 8 + length]
        at += 12 + length
    return found


def read(picture: Image.Image) -> list:
    """Return the codes that an independent reader finds."""
    return pytest.importorskip("zxingcpp").read_barcodes(picture.convert("L"))


def upright(size: LabelSize, picture: Image.Image) -> Image.Image:
    """Return a picture as it is read."""
    turn = size.height_mm > size.width_mm
    return picture.transpose(Image.Transpose.ROTATE_270) if turn else picture


def ink(picture: Image.Image) -> tuple[int, int, int, int]:
    """Return the box of what is dark."""
    return picture.convert("L").point(lambda light: 255 - light).getbbox()


def rendered(pdf: bytes, dpi: int) -> Image.Image:
    if shutil.which("pdftoppm") is None:
        pytest.skip("pdftoppm is missing")
    command = ["pdftoppm", "-r", str(dpi), "-gray", "-singlefile"]
    made = subprocess.run(command, input=pdf, capture_output=True, check=True)
    return Image.open(BytesIO(made.stdout))


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("address", [0, 17, 9999, 65535])
@pytest.mark.parametrize("text", ["a", LONG])
def test_the_code_of_every_size_says_the_address_and_nothing_else(name, address, text):
    picture = Image.open(BytesIO(make_label(label(address, text), EVERY[name]).png))
    found = read(picture)
    assert [code.text for code in found] == [f"neckar:{address}"]
    assert found[0].ec_level in ("M", "Q", "H")


@pytest.mark.parametrize("name", EVERY)
def test_modules_are_whole_dots_large_enough_and_the_quiet_zone_is_white(name):
    size = EVERY[name]
    picture = upright(size, draw_label(label(65535, LONG), size))
    corners = read(picture)[0].position
    left, top = corners.top_left.x, corners.top_left.y
    row = [picture.getpixel((x, top + 2)) == 0 for x in range(picture.width)]
    first = row.index(True)
    module = (row.index(False, first) - first) // 7
    assert (row.index(False, first) - first) % 7 == 0  # the finder pattern's edge
    assert module / size.dpi * 25.4 >= LEAST_MODULE_MM
    assert abs(first - left) <= 1
    side, quiet = 21 * module, 4 * module
    code = picture.crop((first, 0, first + side, picture.height))
    above, below = ink(code)[1], picture.height - ink(code)[3]
    assert ink(code)[3] - ink(code)[1] == side
    assert min(first, above, below) >= quiet
    assert ink(picture.crop((first + side, 0, first + side + quiet, picture.height))) is None
    edges = {x for x in range(side) if row[first + x] != row[first + x - 1]}
    assert all(x % module == 0 for x in edges)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("text", ["g", LONG, "Ä" * 100, "", "🙂\n\t"])
def test_nothing_is_drawn_where_the_printer_cannot_print(name, text):
    size = EVERY[name]
    picture = draw_label(label(65535, text), size)
    across, down = (size.dots(margin) for margin in size.margins_mm)
    left, top, right, bottom = ink(picture)
    assert left >= across and picture.width - right >= across
    assert top >= down and picture.height - bottom >= down


def test_lines_do_not_touch_each_other():
    for text in (LONG, "Ågjpqy|"):
        picture = draw_label(label(65535, text), SIZES["brother-62x29"])
        column = picture.crop((picture.width // 2, 0, picture.width, picture.height))
        dark = [ink(column.crop((0, y, column.width, y + 1))) is not None for y in range(342)]
        blocks = sum(now and not before for before, now in zip([False, *dark], dark, strict=False))
        assert blocks >= 5, "address, name, lab and board, operator, date"


@settings(max_examples=60, deadline=None)
@given(
    some.text(max_size=60),
    some.sampled_from([REGULAR, BOLD]),
    some.integers(20, 400),
    some.integers(8, 60),
)
def test_what_is_fitted_is_never_larger_than_its_room(text, path, width, height):
    letters, shown = fitted(text, path, width, height, smallest=12)
    assert letters.getlength(shown) <= width
    assert height_of(shown, letters) <= height
    assert shown == drawable(text) or shown.endswith("…") or not shown


def test_a_long_name_shrinks_before_it_is_cut():
    whole = fitted("a" * 30, REGULAR, 200, 40, smallest=8)
    assert whole[1] == "a" * 30 and whole[0].size < 40
    letters, shown = fitted("a" * 300, REGULAR, 200, 40, smallest=8)
    assert letters.size == 8 and shown.endswith("a…") and len(shown) > 20


def test_address_and_date_are_never_cut(monkeypatch):
    drawn = []
    real = fitted
    monkeypatch.setattr(
        "tools.flashing.paper.label.fitted",
        lambda *args: drawn.append(real(*args)) or drawn[-1],
    )
    for size in EVERY.values():
        drawn.clear()
        draw_label(label(65535, LONG), size)
        texts = [text for _, text in drawn]
        assert texts[0] == "65535"
        assert all(text == "25.11.2026" for text in texts if "20" in text)


def test_letters_that_the_font_lacks_lose_their_signs_or_become_a_question_mark():
    assert drawable("Größe Ł ğ ẞ") == "Größe Ł ğ ẞ"
    assert drawable("a\u0308\n b") == "ä b"  # ä of two characters
    assert drawable("Ma\u1e9f \u2460 大") == "Maẞ 1 ?" or drawable("大") == "?"


@pytest.mark.parametrize("name", EVERY)
def test_the_png_has_one_bit_and_knows_its_resolution(name):
    size = EVERY[name]
    parts = chunks(make_label(label(), size).png)
    width, height, depth, colour = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    across, down, unit = struct.unpack(">IIB", parts[b"pHYs"])
    assert (depth, colour, unit) == (1, 0, 1)
    assert across == down == round(size.dpi / 0.0254)
    assert 0 <= size.width_mm - width / size.dpi * 25.4 < 25.4 / size.dpi
    assert 0 <= size.height_mm - height / size.dpi * 25.4 < 25.4 / size.dpi


@pytest.mark.parametrize("name", EVERY)
def test_the_pdf_is_one_page_of_exactly_that_size(name):
    size = EVERY[name]
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", make_label(label(), size).pdf)
    assert len(boxes) == 1
    for points, mm in zip(boxes[0], size[:2], strict=True):
        assert abs(float(points) / 72 * 25.4 - mm) < 0.01


@pytest.mark.parametrize("name", EVERY)
def test_the_pdf_is_the_same_picture_dot_by_dot(name):
    size = EVERY[name]
    files = make_label(label(65535, LONG), size)
    page = rendered(files.pdf, size.dpi).point(lambda light: 255 * (light > 127))
    picture = Image.open(BytesIO(files.png)).convert("L")
    assert page.crop((0, 0, *picture.size)).tobytes() == picture.tobytes()


def test_a_label_too_small_says_which_would_do():
    for dpi in (203, 300, 600):
        for width, height in ((12, 12), (60, 10), (10, 60), (8, 8)):
            with pytest.raises(FlashError) as caught:
                make_label(label(65535, LONG), LabelSize(width, height, dpi))
            assert caught.value.code == "F601"
            values = caught.value.values
            enough = LabelSize(values["least_width"], values["least_height"], dpi)
            assert read(draw_label(label(65535, LONG), enough))


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("brother-62x29", (62, 29, 300)),
        ("62x29", (62, 29, 300)),
        ("50 × 25@203", (50, 25, 203)),
        ("57,5X32@300", (57.5, 32, 300)),
    ],
)
def test_sizes_are_names_or_millimetres(name, size):
    assert size_named(name) == size


@pytest.mark.parametrize(
    "name", ["", "62", "62x", "62x29@", "x", "0x0", "62x29@9", "999x20", "1e3x9"]
)
def test_what_is_no_size_is_refused_with_what_there_is(name):
    with pytest.raises(FlashError) as caught:
        size_named(name)
    assert caught.value.code == "F602"
    assert "zebra-50x25" in caught.value.values["known"]
