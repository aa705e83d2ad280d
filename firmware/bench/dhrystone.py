"""How fast an interpreter is: Dhrystone, as Reinhold Weicker published it, in loops a second.

Place: tools/benchmark/energy.py runs it in the MicroPython of this machine, `mpremote run` on a
board; what an ESP32 does is known from Pystone, the same program in Python.
Guarantee: runs alone in any MicroPython. The statements are those of the paper (CACM 27, 10, 1984:
"Dhrystone: a synthetic systems programming benchmark"): assignments, calls, records, strings,
arrays of one and of two dimensions, in its proportions; a record is copied where the paper copies
one. Prints one number.
"""

from time import ticks_diff, ticks_us

_ONE, _TWO, _THREE, _FOUR, _FIVE = range(1, 6)
_LOOPS = 2000
_RUNS = 5
_FIRST_TEXT = "DHRYSTONE PROGRAM, 1'ST STRING"
_SECOND_TEXT = "DHRYSTONE PROGRAM, 2'ND STRING"
_SIZE = 51


class _Record:
    def __init__(self, following, kind: int, value: int, number: int, text: str):
        self.following = following
        self.kind = kind
        self.value = value
        self.number = number
        self.text = text

    def copied(self):
        return _Record(self.following, self.kind, self.value, self.number, self.text)


_number = 0
_flag = False
_letter_1 = _letter_2 = "\0"
_row = [0] * _SIZE
_square = [[0] * _SIZE for _ in range(_SIZE)]
_next = _Record(None, 0, 0, 0, "")
_first = _Record(_next, _ONE, _THREE, 40, "DHRYSTONE PROGRAM, SOME STRING")


def run(loops: int) -> None:
    """Turn the program's loop so many times."""
    global _flag, _first
    text_1 = _FIRST_TEXT
    _square[8][7] = 10
    for _ in range(loops):
        _proc_5()
        _proc_4()
        one, two = 2, 3
        text_2 = _SECOND_TEXT
        kind = _TWO
        _flag = not _func_2(text_1, text_2)
        while one < two:
            three = 5 * one - two
            three = _proc_7(one, two)
            one += 1
        _proc_8(_row, _square, one, three)
        _first = _proc_1(_first)
        letter = "A"
        while letter <= _letter_2:
            if kind == _func_1(letter, "C"):
                kind = _proc_6(_ONE)
            letter = chr(ord(letter) + 1)
        three = two * one
        two = three // one
        two = 7 * (three - two) - one
        one = _proc_2(one)


def _proc_1(record):
    record.following = following = _first.copied()
    record.number = 5
    following.number = record.number
    following.following = record.following
    following.following = _proc_3(following.following)
    if following.kind == _ONE:
        following.number = 6
        following.value = _proc_6(record.value)
        following.following = _first.following
        following.number = _proc_7(following.number, 10)
    else:
        record = following.copied()
    following.following = None
    return record


def _proc_2(number: int) -> int:
    local = number + 10
    kind = 0
    while True:
        if _letter_1 == "A":
            local -= 1
            number = local - _number
            kind = _ONE
        if kind == _ONE:
            return number


def _proc_3(record):
    global _number
    if _first is not None:
        record = _first.following
    else:
        _number = 100
    _first.number = _proc_7(10, _number)
    return record


def _proc_4() -> None:
    global _letter_2, _flag
    is_a = _letter_1 == "A"
    _flag = is_a or _flag
    _letter_2 = "B"


def _proc_5() -> None:
    global _letter_1, _flag
    _letter_1 = "A"
    _flag = False


def _proc_6(kind: int) -> int:
    result = kind
    if not _func_3(kind):
        result = _FOUR
    if kind == _ONE:
        result = _ONE
    elif kind == _TWO:
        result = _ONE if _number > 100 else _FOUR
    elif kind == _THREE:
        result = _TWO
    elif kind == _FIVE:
        result = _THREE
    return result


def _proc_7(one: int, two: int) -> int:
    local = one + 2
    return two + local


def _proc_8(row: list, square: list, one: int, two: int) -> None:
    global _number
    at = one + 5
    row[at] = two
    row[at + 1] = row[at]
    row[at + 30] = at
    for column in range(at, at + 2):
        square[at][column] = at
    square[at][at - 1] += 1
    square[at + 20][at] = row[at]
    _number = 5


def _func_1(one: str, two: str) -> int:
    local = one
    return _ONE if local != two else _TWO


def _func_2(one: str, two: str) -> bool:
    at = 1
    letter = "\0"
    while at <= 1:
        if _func_1(one[at], two[at + 1]) == _ONE:
            letter = "A"
            at += 1
    if "W" <= letter <= "Z":
        at = 7
    if letter == "X":
        return True
    if one > two:
        at += 7
        return True
    return False


def _func_3(kind: int) -> bool:
    local = kind
    return local == _THREE


def _main() -> None:
    run(_LOOPS // 10)
    best_us = 0
    for _ in range(_RUNS):
        begin_us = ticks_us()
        run(_LOOPS)
        took_us = ticks_diff(ticks_us(), begin_us)
        best_us = min(best_us or took_us, took_us)
    print(1000000 * _LOOPS // best_us)


if __name__ == "__main__":
    _main()
