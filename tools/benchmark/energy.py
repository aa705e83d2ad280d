"""How many years a cell lasts, by what our wakes do and what others measured of the rest.

    wakes, Dhrystone here -> ms of an ESP32 -> charge for one sample -> years

Place: `node` -> here; board figures from firmware/boards, times from wakes.
Guarantee: computes only; what is assumed is in `assumptions`, in words.
"""

import asyncio
import json
from typing import Any

from tools.benchmark.errors import BenchError
from tools.benchmark.field import BOARD
from tools.benchmark.wakes import BATCH, INTERVAL_S
from tools.rig import boards
from tools.rig.interpreter import find_micropython
from tools.rig.profiles import ROOT

CELL_MAH = 2500
USABLE = 0.8
# Pystone, which is Dhrystone in Python, in loops a second of an ESP32: MicroPython 1.13, and the
# slower build after it (micropython, issue 6565; 160 MHz assumed).
_ESP32_LOOPS = (1732, 1166)
# Of four programs in that issue Pystone is the one that an ESP32 is worst at: x204 where the
# geometric mean is x125 (design of the protocol, section 4).
_MEAN_SHARE = 125 / 204
# Typical times of a W25Q64, by its data sheet: a page, and a sector that is erased.
_WRITE_MS, _ERASE_MS = 0.4, 45.0
_YEAR_S = 365.25 * 86400
_PROGRAM = ROOT / "firmware" / "bench" / "dhrystone.py"


async def loops_per_s() -> int:
    """Return how many loops of Dhrystone MicroPython turns here in a second."""
    process = await asyncio.create_subprocess_exec(
        find_micropython(), _PROGRAM, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise BenchError("dhrystone.py does not run in MicroPython")
    return int(out)


def model(found: dict[str, Any], loops: int) -> dict[str, Any]:
    """Return years, charge by phase and assumptions; `found` is what wakes.measure returned."""
    board = json.loads(boards.board_file(BOARD))["energy"]
    slow = loops / _ESP32_LOOPS[1]
    factors = {
        "least": loops / _ESP32_LOOPS[0] * _MEAN_SHARE,
        "used": slow * _MEAN_SHARE,
        "most": slow,
    }
    charges = {name: _charge_mc(found, board, factor) for name, factor in factors.items()}
    years = {name: round(_years(charge), 1) for name, charge in charges.items()}
    used = factors["used"]
    return {
        "years": years["used"],
        "years_range": [years["most"], years["least"]],
        "charge_mc": {name: round(mc, 2) for name, mc in charges["used"].items()},
        "esp32_factor": {name: round(factor) for name, factor in factors.items()},
        "esp32_ms": {
            "wake_sample_only": round(used * found["wake_sample_only"]["ms_frozen"]),
            "wake_full": round(used * found["wake_full"]["ms_frozen"]),
        },
        "assumptions": _assumptions(board, loops, factors),
    }


def _charge_mc(found: dict[str, Any], board: dict[str, int], factor: float) -> dict[str, float]:
    """Return the charge for one sample by phase, in mC: a mA for a second."""
    short, whole, wakes = found["wake_sample_only"], found["wake_full"], found["wakes"]
    account = wakes["account_uc"]
    shorts, wholes = wakes["short_per_sample"], wakes["full_per_sample"]
    flash_ms = whole["flash_writes"] * _WRITE_MS + whole["flash_erases"] * _ERASE_MS
    return {
        "sleep": INTERVAL_S * board["sleep_ua"] / 1000,
        "start": board["start_uc"] * (shorts + wholes) / 1000,
        "wake_sample_only": shorts * short["ms_frozen"] * factor * board["cpu_ma"] / 1000,
        "wake_full": wholes * whole["ms_frozen"] * factor * board["cpu_ma"] / 1000,
        "flash": wholes * flash_ms * board["cpu_ma"] / 1000,
        # A world in which work takes no time: what the node counted is waiting.
        "waiting": account.get("uc_cpu", 0) / 1000,
        "sensors": account.get("uc_sensors", 0) / 1000,
        "radio": account.get("uc_radio", 0) / 1000,
    }


def _years(charge_mc: dict[str, float]) -> float:
    samples = CELL_MAH * USABLE * 3600 / sum(charge_mc.values())  # a mAh is 3600 mC
    return samples * INTERVAL_S / _YEAR_S


def _assumptions(board: dict[str, int], loops: int, factors: dict[str, float]) -> list[str]:
    return [
        f"one cell of {CELL_MAH} mAh, {100 * USABLE:g} % usable; no loss by itself or by cold",
        f"a sample every {INTERVAL_S} s, frames of {BATCH} at SF9 and 14 dBm, one in 12 answered",
        f"the board draws {board['sleep_ua']} uA asleep, {board['cpu_ma']} mA working, "
        f"{board['idle_ma']} mA waiting, {board['tx_ma']} and {board['rx_ma']} mA more to send and "
        f"listen: firmware/boards/{BOARD}.json, whose notes say who measured what",
        f"a start takes {board['start_uc'] / 1000:g} mC up to our first line: a frozen image that "
        "mounts nothing, measured by others; a whole wake mounts its flash as well",
        f"an ESP32 is {factors['used']:.0f} times slower than MicroPython here: {loops} loops of "
        f"Dhrystone against {_ESP32_LOOPS[1]} of Pystone, times {_MEAN_SHARE:.2f}, for that is the "
        f"worst of four programs; the range is {factors['least']:.0f} to {factors['most']:.0f}",
        "firmware is frozen: an import costs its body and no loading; that code lies in flash, "
        "behind a cache that is cold after a sleep, is not modelled",
        f"flash writes a page in {_WRITE_MS:g} ms and erases a sector in {_ERASE_MS:g} ms",
        "buses, RTC memory and registers take no work, their bits the time that the world counts",
    ]
