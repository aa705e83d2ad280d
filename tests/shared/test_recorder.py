"""The flight recorder under faults that chatter, pages, damaged files and a flash that refuses."""

import os

from node.clock import Clock
from node.recorder import PAGE_BYTES, Recorder
from tests.shared.expect import TMP
from tests.shared.journals import NOW_S, Ticks, spoil

FOLDER = TMP + "log"
LIMIT = 500
HOUR_MS = 3600000


class Life:
    """One boot: `say` appends, `log` is the recorder."""

    def __init__(self, boot=1, folder=FOLDER, limit=LIMIT):
        self.ticks = Ticks()
        self.clock = Clock(self.ticks)
        self.log = Recorder(self.clock, boot, folder, limit)

    def say(self, *texts):
        """Append lines, with so much time between them that all are welcome."""
        for text in texts:
            self.ticks.now += HOUR_MS // 4
            self.log.append(text)


def fresh(folder=FOLDER) -> None:
    """Begin without files."""
    for name in ("new", "old"):
        try:
            os.remove(folder + "/" + name)
        except OSError:
            pass


def lines(log) -> list:
    """Return the lines of all pages, the newest first."""
    found = []
    number = 0
    while True:
        page = log.page(number)
        if not page:
            assert log.page(number + 1) == log.page(number + 50) == ""
            return found
        assert len(page.encode()) <= PAGE_BYTES
        found += page.split("\n")
        number += 1


def texts(log) -> list:
    """Return what was said, the newest first."""
    return [line.split(" ", 2)[2] for line in lines(log)]


def size_of(name: str) -> int:
    try:
        return os.stat(FOLDER + "/" + name)[6]
    except OSError:
        return 0


def test_lines_come_back_newest_first_with_boot_and_time():
    fresh()
    assert Life().log.page(0) == ""
    first = Life(7)
    first.ticks.now = 5000
    first.log.append("boot: power-on")
    first.clock.set(NOW_S * 1000)
    first.log.append("sampler: OSError")
    Life(8).log.append("boot: watchdog")
    assert lines(Life(9).log) == [
        "8 0 boot: watchdog",
        "7 %d sampler: OSError" % NOW_S,
        "7 5 boot: power-on",
    ]


def test_every_line_is_on_one_page_whatever_their_lengths():
    fresh()
    life = Life(limit=6144)
    said = []
    for i in range(60):
        said.append("%d" % i + "x" * (i * 7 % 57))
    life.say(*said)
    assert texts(life.log) == said[::-1]
    assert len(life.log.page(0).encode()) > PAGE_BYTES // 2


def test_a_page_far_beyond_the_end_is_known_at_once():
    fresh()
    life = Life()
    life.say("one", "two")
    assert life.log.page(1 << 62) == ""


def test_what_is_too_long_is_cut_between_characters():
    fresh()
    life = Life(4294967295)
    life.clock.set(99999999999000)
    life.say("y" * 70, "\u00fc" * 70, "z" * 59 + "\u6c34")
    assert texts(life.log) == ["z" * 59, "\u00fc" * 30, "y" * 60]
    assert life.log.errors == 0


def test_two_files_are_bounded_and_the_older_one_goes():
    fresh()
    life = Life()
    said = ["line %d" % i for i in range(200)]
    for text in said:
        life.say(text)
        assert size_of("new") <= LIMIT and size_of("old") <= LIMIT
    found = texts(life.log)
    assert found == said[::-1][: len(found)]
    assert LIMIT < len(found) * 25 < 3 * LIMIT
    assert sorted(os.listdir(FOLDER)) == ["new", "old"]


def test_the_same_line_again_is_counted_and_not_written():
    fresh()
    life = Life()
    life.say("radio", *["uplink: OSError"] * 500)
    before = size_of("new")
    life.say("uplink: OSError")
    assert size_of("new") == before
    life.say("boot")
    assert texts(life.log) == ["boot (+500)", "uplink: OSError", "radio"]


def test_a_fault_that_chatters_costs_no_flash():
    """In no hour more than twenty lines, and in ten hours hardly more than a hundred."""
    fresh()
    life = Life(limit=60000)
    for i in range(10 * 3600):
        life.ticks.now += 1000
        life.log.append("fault %d" % i)
    seconds = sorted(int(line.split(" ")[1]) for line in lines(life.log))
    assert 100 <= len(seconds) <= 111
    assert all(b - a >= 3600 for a, b in zip(seconds, seconds[20:]))  # noqa: B905
    assert texts(life.log)[0].endswith(" (+359)")


def test_the_count_of_what_was_left_out_fits_the_longest_line():
    fresh()
    life = Life()
    life.say("a", "a", "b" * 60)
    assert texts(life.log)[0] == "b" * 55 + " (+1)"


def test_behind_damage_a_new_file_begins_and_what_was_before_it_stays():
    said = ["one, and some more of it", "two", "three, of another length"]
    for at in range(0, 110, 3):
        fresh()
        life = Life()
        ends = []
        for text in said:
            life.say(text)
            ends.append(size_of("new"))
        if at >= ends[-1]:
            break
        spoil(FOLDER + "/new", at)
        life = Life(2)
        life.say("four")
        intact = [said[i] for i in range(3) if ends[i] <= at]
        assert texts(life.log) == ["four"] + intact[::-1], at
        assert life.log.errors == 0
    assert at > 60


def test_both_files_damaged_the_log_starts_anew():
    fresh()
    Life().say(*["line %d" % i for i in range(40)])
    for name in ("new", "old"):
        spoil(FOLDER + "/" + name, 0)
    life = Life(2)
    assert life.log.page(0) == ""
    life.say("anew")
    assert texts(life.log) == ["anew"]


def test_zeroed_flash_and_half_a_record_are_no_lines():
    for tail in (bytes(1), bytes(40), b"\x09abc", b"\xff" * 200):
        fresh()
        Life().say("one", "two")
        with open(FOLDER + "/new", "ab") as f:
            f.write(tail)
        life = Life(2)
        assert texts(life.log) == ["two", "one"]
        life.say("three")
        assert texts(life.log) == ["three", "two", "one"]


def test_flash_that_refuses_is_counted_and_never_raises():
    life = Life(folder="/no/such/folder")
    life.say("one", "two", "three")
    assert life.log.errors == 3
    assert life.log.page(0) == ""


def test_after_a_refusal_the_file_is_looked_at_again():
    fresh()
    life = Life()
    life.say("one")
    with open(FOLDER + "/new", "ab") as f:
        f.write(b"\x20 a record that power has cut")
    life.log._size = -1  # as `append` leaves it
    life.say("two")
    assert texts(life.log) == ["two", "one"]


def test_a_wiped_log_begins_again():
    fresh()
    life = Life()
    life.say(*["line %d" % i for i in range(40)])
    life.log.wipe()
    assert life.log.page(0) == "" and size_of("new") == size_of("old") == 0
    life.say("line 39")
    assert texts(life.log) == ["line 39"]
    life.log.wipe()
    life.log.wipe()
