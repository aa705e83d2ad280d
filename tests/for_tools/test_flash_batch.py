"""A bench in trouble: boards that come back, fail, vanish, exist twice, and all end at once."""

import json
import threading

import pytest

from tests.for_tools.flash_rig import SOON_S, A, B, Boards, C, Rig, macs, native
from tools.flashing.display import Line
from tools.flashing.errors import FlashError
from tools.flashing.ports import Port
from tools.flashing.wish import Result, Wish


def test_a_board_that_is_plugged_in_starts_by_itself():
    rig = Rig(Boards(macs(A)))
    assert rig.do() == []
    assert rig.do(A) == ["ok"]
    assert rig.printed.splitlines()[0] == "Platine an 1-2.1 …"
    assert rig.printed.splitlines()[-1] == "1-2.1: abziehen, nächste Platine anstecken"


def test_a_board_that_stays_plugged_in_is_done_once():
    rig = Rig(Boards(macs(A)))
    assert rig.do(A) == ["ok"]
    assert rig.do(A) == []
    rig.now_s += 1000
    assert rig.do(A) == []


def test_a_board_that_failed_and_stays_plugged_in_is_not_tried_again():
    rig = Rig(Boards(macs(A), {A.path: FlashError("F110", port=A.path)}))
    assert rig.do(A) == ["F110"]
    assert rig.do(A) == []


def test_the_next_board_at_the_same_place_is_a_new_one():
    boards = Boards(macs(A))
    rig = Rig(boards)
    rig.do(A)
    rig.do()
    boards.macs[A.path] = "24:6f:28:00:00:02"
    assert rig.do(A) == ["ok"]
    assert rig.bench.good == 2


def test_boards_at_several_places_run_at_once():
    boards = Boards(macs(A, B, C))
    boards.hold(A, B, C)
    rig = Rig(boards)
    rig.plug(A, B, C)
    assert {boards.arrived.get(timeout=SOON_S) for _ in range(3)} == {A.path, B.path, C.path}
    for port in (A, B, C):
        boards.release(port)
    rig.settle()
    assert rig.bench.good == 3


def test_a_board_that_fails_ends_no_other():
    boards = Boards(macs(A, B), {A.path: FlashError("F110", port=A.path)})
    boards.hold(B)
    rig = Rig(boards)
    rig.plug(A, B)
    boards.arrived.get(timeout=SOON_S)
    rig.bench.reap(SOON_S)
    assert rig.bench.outcomes[0].where == "1-2.1"
    assert not rig.bench.outcomes[0].good
    boards.release(B)
    rig.settle()
    assert (rig.bench.good, rig.bench.bad) == (1, 1)


def test_a_failed_board_that_is_plugged_in_again_is_tried_again():
    boards = Boards(macs(A), {A.path: FlashError("F110", port=A.path)})
    rig = Rig(boards)
    rig.do(A)
    rig.do()
    boards.errors.clear()
    assert rig.do(A) == ["ok"]
    assert (rig.bench.good, rig.bench.bad) == (1, 0)
    assert [outcome.good for outcome in rig.bench.told()] == [True]


def test_a_board_that_fails_twice_is_one_board_in_the_table():
    boards = Boards(macs(A), {A.path: FlashError("F118", port=A.path, at="0x0")})
    rig = Rig(boards)
    for _ in range(3):
        rig.do(A)
        rig.do()
    assert rig.bench.bad == 1
    assert len(rig.bench.told()) == 1
    assert len(rig.kept) == 3


def test_a_pulled_cable_fails_and_the_board_is_done_when_it_is_back():
    boards = Boards(macs(A))
    pulled = threading.Event()

    def work(port: str, wish: Wish, line: Line) -> Result:
        if not pulled.is_set():
            assert pulled.wait(SOON_S)
            return Result(port, mac=boards.macs[port], error=FlashError("F104", port=port))
        return boards.work(port, wish, line)

    rig = Rig(boards)
    rig.bench.work = work
    rig.plug(A)
    rig.plug()
    rig.plug(A)  # back before the end of the first try
    pulled.set()
    rig.settle()
    assert rig.bench.bad == 1
    assert rig.do(A) == ["ok"]


def test_the_same_board_again_is_told_and_not_repeated():
    boards = Boards(macs(A))
    rig = Rig(boards)
    rig.do(A)
    boards.macs[B.path] = boards.macs[A.path]
    assert rig.do(B) == ["F813"]
    assert (rig.bench.good, rig.bench.bad) == (1, 0)
    assert len(rig.bench.told()) == 1
    assert "war in diesem Lauf schon dran" in rig.printed
    assert boards.touched == [A.path]


def test_the_same_board_again_is_told_where_its_mac_is_known_only_at_the_end():
    boards = Boards(macs(A), tells_mac=False)
    rig = Rig(boards)
    rig.do(A)
    rig.do()
    assert rig.do(A) == ["F813"]
    assert rig.bench.good == 1


def test_two_boards_with_one_mac_at_once_are_a_failure():
    boards = Boards({A.path: "24:6f:28:aa:bb:00", B.path: "24:6f:28:aa:bb:00"})
    boards.hold(A)
    rig = Rig(boards)
    rig.plug(A)
    boards.arrived.get(timeout=SOON_S)
    rig.plug(A, B)
    rig.bench.reap(SOON_S)
    assert rig.bench.outcomes[0].result.error.code == "F814"
    boards.release(A)
    rig.settle()
    assert (rig.bench.good, rig.bench.bad) == (1, 1)
    assert len(rig.bench.told()) == 2


def test_a_chip_with_its_own_usb_that_restarts_is_no_new_board():
    board = native(A, "24:6f:28:aa:bb:07")
    boards = Boards({A.path: "24:6f:28:aa:bb:07"})
    rig = Rig(boards)
    assert rig.do(board) == ["ok"]
    rig.do()
    rig.now_s += 60
    assert rig.do(native(A, "246f28aabb07")) == []  # MicroPython writes it without colons
    assert boards.begun == [A.path]


def test_another_chip_with_its_own_usb_at_that_place_is_a_new_board():
    boards = Boards({A.path: "24:6f:28:aa:bb:07"})
    rig = Rig(boards)
    rig.do(native(A, "24:6f:28:aa:bb:07"))
    rig.do()
    boards.macs[A.path] = "24:6f:28:aa:bb:08"
    assert rig.do(native(A, "24:6f:28:aa:bb:08")) == ["ok"]


def test_a_port_that_gets_another_name_between_two_looks_is_a_new_board():
    boards = Boards(macs(A))
    rig = Rig(boards)
    rig.do(A)
    moved = Port("/dev/ttyUSB9", A.usb_path, is_usb=True)
    boards.macs[moved.path] = "24:6f:28:00:00:02"
    assert rig.do(moved) == ["ok"]


def test_enough_boards_end_it():
    boards = Boards(macs(A, B, C))
    rig = Rig(boards, count=2)
    rig.plug(A, B, C)
    assert len(boards.begun) <= 2
    rig.settle()
    assert rig.bench.over
    assert rig.bench.good == 2
    assert rig.do(A, B, C) == []


def test_a_failed_board_does_not_count():
    boards = Boards(macs(A, B), {A.path: FlashError("F110", port=A.path)})
    rig = Rig(boards, count=1)
    rig.do(A)
    assert not rig.bench.over
    rig.do(A, B)
    assert rig.bench.over


def test_who_ends_it_waits_for_what_was_begun_and_begins_nothing():
    boards = Boards(macs(A, B))
    boards.hold(A)
    rig = Rig(boards)
    rig.plug(A)
    boards.arrived.get(timeout=SOON_S)
    rig.bench.close()
    assert not rig.bench.over
    rig.plug(A, B)
    boards.release(A)
    rig.settle()
    assert rig.bench.over
    assert boards.begun == [A.path]
    assert rig.bench.good == 1


def test_who_stops_it_ends_each_board_at_its_next_step():
    boards = Boards(macs(A))
    boards.hold(A)
    rig = Rig(boards)
    rig.plug(A)
    boards.arrived.get(timeout=SOON_S)
    rig.bench.stop()
    boards.release(A)
    rig.settle()
    assert rig.bench.outcomes[0].result.error.code == "F809"
    assert rig.bench.over


@pytest.mark.parametrize(
    ("error", "code"),
    [(FlashError("F300", folder="x"), "F300"), (ValueError(), "F810"), (SystemExit(), "F810")],
)
def test_whatever_is_raised_is_a_failure_of_its_board_alone(error, code):
    def work(port: str, wish: Wish, line: Line) -> Result:
        line.found("24:6f:28:aa:bb:00")
        raise error

    rig = Rig(Boards())
    rig.bench.work = work
    assert rig.do(A) == [code]
    assert rig.bench.outcomes[0].result.mac == "24:6f:28:aa:bb:00"


@pytest.mark.parametrize("count", [2, 8])
def test_what_boards_print_that_end_at_once_stays_whole(count):
    ports = [Port(f"/dev/ttyUSB{n}", f"1-2.{n}", is_usb=True) for n in range(count)]
    barrier = threading.Barrier(count)

    def work(port: str, wish: Wish, line: Line) -> Result:
        line.step("look")
        barrier.wait(SOON_S)
        line.note(FlashError("F815", file="x" * 300))
        return Result(port, mac=port, address=1, steps=[])

    rig = Rig(Boards())
    rig.bench.work = work
    rig.do(*ports)
    lines = rig.printed.splitlines()
    assert len(lines) == 5 * count  # begun, step, note, done, next
    assert all(line.count("1-2.") == 1 for line in lines)


def test_each_outcome_is_kept_as_it_comes_for_programs_too():
    boards = Boards(macs(A, B), {B.path: FlashError("F815", file="/x")})
    rig = Rig(boards)
    rig.do(A, B)
    lines = {o.where: json.loads(json.dumps(o.line("en"))) for o in rig.kept}
    assert lines["1-2.1"]["ok"] is True
    assert lines["1-2.1"]["mac"] == "24:6f:28:aa:bb:00"
    assert lines["1-2.2"]["code"] == "F815"
    assert lines["1-2.2"]["error"].startswith("F815 There is no room left on the disk for /x.")


def test_a_bench_without_a_second_board_leaves_out_what_to_do_next():
    rig = Rig(Boards(macs(A)), again=False)
    rig.do(A)
    assert "nächste" not in rig.printed
    rig.do()
    assert rig.do(A) == []


def test_the_seconds_of_a_board_are_those_of_the_clock():
    boards = Boards(macs(A))
    boards.hold(A)
    rig = Rig(boards)
    rig.plug(A)
    boards.arrived.get(timeout=SOON_S)
    rig.now_s += 42
    boards.release(A)
    rig.settle()
    assert rig.bench.outcomes[0].seconds == 42
