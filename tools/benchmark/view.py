"""Results as tables for people.

Place: results of the parts -> here -> terminal.
Guarantee: figures of another day stand in columns of their own, under a title that says so.
"""

from typing import Any

from rich.console import Console
from rich.table import Table

from tools.benchmark import bits
from tools.benchmark.codec import STEPS
from tools.benchmark.gateway_view import backlog_tables, gateway_tables, new_table
from tools.benchmark.network import table as networks
from tools.benchmark.node import ESP32_RATIO
from tools.benchmark.sizes import WINDOWS


def show(console: Console, results: dict[str, dict[str, Any]]) -> None:
    """Print the tables of whatever was measured."""
    tables = {
        "gateway": gateway_tables,
        "backlog": backlog_tables,
        "bytes": _bytes,
        "node": _node,
        "network": _network,
        "flash": _flash,
    }
    for part, result in results.items():
        for table in tables[part](result):
            console.print(table)
        if "table" in result:
            console.print(networks.text(result["table"]), soft_wrap=True)


def _flash(result: dict[str, Any]) -> list[Table]:
    table = new_table(
        "tools/flash on virtual boards: our own time, and the bytes on a wire beside it",
        *("what", "s", "wire, s"),
    )
    install, cuts = result["install"], result["cuts"]
    rows = (
        ("one board, bare to labelled", result["one_board_s"], result["wire_s"]),
        (f"eight at once ({result['eight_to_one']} x one)", result["eight_boards_s"], ""),
        ("the same board again: nothing to do", result["second_run_s"], ""),
        (
            "MicroPython and all files, one image",
            *(install["image_with_files_s"], install["image_with_files_wire_s"]),
        ),
        (
            "files only, over the prompt",
            *(install["files_by_prompt_s"], install["files_by_prompt_wire_s"]),
        ),
        (f"recovered of {cuts['steps']} pulled cables", cuts["recovered"], ""),
    )
    for what, seconds, wire in rows:
        table.add_row(what, str(seconds), str(wire))
    return [table]


def _bytes(result: dict[str, Any]) -> list[Table]:
    table = new_table(
        "Bytes a reading, everything that is sent (json: payload only), by samples in a window",
        *("set", "format", *map(str, WINDOWS), f"/ neckar, {bits.WINDOW}"),
    )
    sizes: dict[tuple[str, str], dict[int, float]] = {}
    for row in result["rows"]:
        each = sizes.setdefault((row["set"], row["format"]), {})
        each[row["window"]] = row["bytes"] / row["readings"]
    last = ""
    for (name, form), each in sizes.items():
        if last and name != last:
            table.add_section()
        figures = [f"{each[window]:.2f}" if window in each else "" for window in WINDOWS]
        ours = sizes[name, "neckar"].get(bits.WINDOW)
        ratio = f"{each[bits.WINDOW] / ours:.1f}" if ours else ""
        table.add_row("" if name == last else name, form, *figures, ratio)
        last = name
    return [table, _bound(result["bound"])]


def _bound(rows: list[dict[str, Any]]) -> Table:
    table = new_table(
        f"Bits a reading: a model of the whole series, and frames of {bits.WINDOW} samples",
        *("set", "quantity", "readings", "model", "coded", "whole frame"),
    )
    last = ""
    for row in rows:
        if last and row["set"] != last:
            table.add_section()
        figures = [f"{row[key]:.2f}" for key in ("bound_bits", "coded_bits", "frame_bits")]
        name = "" if row["set"] == last else row["set"]
        table.add_row(name, row["quantity"], str(row["readings"]), *figures)
        last = row["set"]
    return table


def _node(result: dict[str, Any]) -> list[Table]:
    heap = new_table(
        f"Free heap on the air, KB, at least, {result['samples']} samples and more",
        *("profile", "here", f"ESP32 (/ {ESP32_RATIO})", "ESP32, frozen, estimate"),
        "largest piece, here",
    )
    for profile, row in result["heap"].items():
        names = ("free_kb", "esp32_kb", "frozen_kb", "largest_kb")
        heap.add_row(profile, *(f"{row[name]:.1f}" for name in names))
    wired = new_table(
        "Free heap on a cable, KB", "profile", "start", "app is up", "running", "ESP32"
    )
    for profile, row in result["heap_wired"].items():
        wired.add_row(profile, *(f"{figure:.1f}" for figure in row.values()))
    tables = [heap, wired, _wakes(result), _years(result), _codec(result["codec"])]
    return [*tables, _code(result), _drivers(result)]


def _wakes(result: dict[str, Any]) -> Table:
    count = result["wakes"]["count"]
    table = new_table(f"{count} wakes of a node on a battery", "", "only samples", "whole")
    for key, label in (
        ("modules", "modules"),
        ("mpy_kb", "their .mpy, KB"),
        ("mpy_share", "share of all"),
        ("ms", "time here, firmware in ROM, ms"),
        ("ms_frozen", "the same, frozen, estimate"),
        ("heap_kb", "heap in use at its end, KB"),
        ("flash_writes", "flash, writes"),
        ("flash_erases", "flash, erased blocks"),
    ):
        kinds = (result["wake_sample_only"], result["wake_full"])
        table.add_row(label, *(f"{kind[key]:,}" for kind in kinds))
    most = f"{result['wakes']['rtc_most']:,}"
    table.add_row("RTC memory, bytes at most", most, most)
    for what, free in (
        ("free heap, KB, first and last wake", result["wakes"]["free_kb"]),
        (f"awake, {result['awake']['samples']} samples", result["awake"]["free_kb"]),
        ("largest free piece of that", result["awake"]["largest_kb"]),
    ):
        table.add_row(what, f"{free['start']:.1f}", f"{free['end']:.1f}")
    return table


def _years(result: dict[str, Any]) -> Table:
    low, high = result["years_range"]
    title = f"One cell lasts {result['years']:g} years ({low:g} to {high:g})"
    table = new_table(title, "charge for a sample", "mC")
    for phase, charge in result["charge_mc"].items():
        table.add_row(phase, f"{charge:.2f}")
    for assumption in result["assumptions"]:
        table.add_row(f"assumed: {assumption}", "")
    return table


def _codec(shapes: dict[str, Any]) -> Table:
    table = new_table(
        "One batch (quantities x samples), µs and bytes of heap; ratios are ours / prototype",
        *("", "", "CPython, µs", "MicroPython, µs", "heap"),
        *("prototype, µs", "heap", "time", "heap"),
    )
    for shape, found in shapes.items():
        for i, (step, _) in enumerate(STEPS):
            ours, other = found["micropython"][step], (found["prototype"] or {}).get(step)
            figures = [found["cpython"][step]["us"], ours["us"], ours["heap"]]
            if other:
                ratios = [f"{ours[key] / other[key]:.2f}" for key in ("us", "heap")]
                figures += [other["us"], other["heap"], *ratios]
            table.add_row("" if i else shape, step, *map(str, figures))
        table.add_section()
    return table


def _code(result: dict[str, Any]) -> Table:
    table = new_table("Code on the board, .mpy", "", "")
    table.add_row("modules, all", str(result["modules"]))
    table.add_row("all, KB", str(result["mpy_all_kb"]))
    for name, size in sorted(result["mpy_node_kb"].items(), key=lambda item: -item[1])[:3]:
        table.add_row(f"a node: {name}, KB", str(size))
    table.add_row("a modem, KB", str(result["mpy_modem_kb"]))
    table.add_row("protocol, KB", str(result["protocol_mpy_kb"]))
    for module, size in sorted(result["protocol_mpy_bytes"].items(), key=lambda item: -item[1]):
        table.add_row(f"  {module}, bytes", str(size))
    return table


def _drivers(result: dict[str, Any]) -> Table:
    table = new_table(
        "The radio drivers, in MicroPython on virtual chips",
        "",
        "µs from interrupt to caller",
        "heap of the driver, B a frame",
        "with asyncio's waiting, B",
    )
    for chip, ways in sorted(result["radio"].items()):
        for way, row in sorted(ways.items()):
            figures = (row["after_us"], row["steps_heap"], row["heap"])
            table.add_row(f"{chip}, {way}", *(f"{x:,}" for x in figures))
    return table


def _trouble(result: dict[str, Any]) -> Table:
    table = new_table("What failed in that city, and what was told", "", "")
    for key, label in (
        ("power_cuts", "power cuts"),
        ("flash_cuts", "of those, begun at an operation of the flash"),
        ("brown_outs", "brown-outs"),
        ("sensor_faults", "faults of sensors"),
        ("faults_named", "nodes whose status named a faulty sensor"),
        ("crashes_raised", "lives that crashed"),
        ("crashes_told", "of those, told to the gateway"),
        ("safe_mode", "nodes that were in safe mode"),
        ("boots_max", "boots of the node with the most"),
        ("boots_unexplained", "boots that nobody caused"),
        ("unsampled_slots", "moments without a sample, of nodes with power"),
        ("rtc_lost", "of those, samples lost with RTC memory"),
    ):
        table.add_row(label, f"{result.get(key, 0):,}")
    for text in result["crashes_own"]:
        table.add_row("nobody raised this", text)
    return table


def _network(result: dict[str, Any]) -> list[Table]:
    title = (
        f"{result['nodes']} boards on one SF9 channel, {result['days']:g} days,"
        f" {100 * result['loss']:g} % of good frames lost, {result['gateway_kills']} gateway kills"
    )
    city = new_table(title, "", "")
    for key, label in (
        ("journaled", "readings in the journals"),
        ("delivered", "readings at the platform"),
        ("missing", "missing"),
        ("missing_named", "of those, named by the ledger"),
        ("duty_violations", "violations of the duty cycle, says the ether"),
        ("frame_delivery", "share of frames that the modem heard"),
        ("airtime_ms_per_reading", "airtime per reading, ms"),
        ("airtime_ms_predicted", "the same, by formula from the sizes of the frames"),
    ):
        city.add_row(label, f"{result[key]:,}")
    row = result["many"]
    many = new_table("1,000 nodes, CAD, 30 % hidden pairs, no downlink, 2 days", "", "")
    many.add_row("readings delivered", f"{100 * row['reading_delivery']:.3f} %")
    many.add_row("frames heard", f"{100 * row['settled_frame_delivery']:.1f} %")
    many.add_row("violations of the duty cycle", str(row["duty_violations"]))
    tables = [city, many]
    if "by_node" in result:
        tables.insert(1, _trouble(result))
    if "validation" in result:
        checks = new_table(
            "The ether beside LoRaSim and the formulas", "", "N or G", "ours", "theirs"
        )
        for check in result["validation"]:
            figures = (check["measured"], check["reference"])
            checks.add_row(check["what"], f"{check['scale']:g}", *(f"{x:.4f}" for x in figures))
        tables.append(checks)
    return tables
