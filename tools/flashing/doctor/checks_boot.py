"""What can be wrong before a program runs: boot pin, flash, image, chip, supply.

Place: Facts -> each check -> findings.
Guarantee: pure; a check that lacks a fact finds nothing.

Sources of the words: ROM: see `bootlog`, and for "Invalid chip id" ESP-IDF's FAQ of esp-faq.
ESP-IDF, components/bootloader_support/src: esp_image_format.c (checksum, hash, magic byte, segment
length), bootloader_common_loader.c (chip id, revision), bootloader_utility.c and flash_partitions.c
(partition table, bootable); esp_system/port/brownout.c; spi_flash ("Detected size"); "Fatal Errors"
in its guides (Guru Meditation, abort). MicroPython: ports/esp32/modules/inisetup.py.
Chip ids: esp_chip_id_t in esp_app_format.h.
"""

from collections.abc import Iterator

from tools.flashing.doctor.bootlog import BootLog, is_garbage
from tools.flashing.doctor.facts import Facts
from tools.flashing.doctor.finding import Finding, Sure, certain, likely, possible

BROWN_OUT_CAUSE = 15
WATCHDOG_CAUSES = (4, 7, 8, 9, 11, 13, 16, 17, 18)
CABLE = ("F104", "F106")  # of ports: what was open is gone, or takes nothing any more
_LOOPS = 3  # so many watchdog resets in one log are no chance
_ERASED = 0xFFFFFFFF
_CHIPS = {
    0: "esp32",
    2: "esp32s2",
    5: "esp32c3",
    9: "esp32s3",
    12: "esp32c2",
    13: "esp32c6",
    16: "esp32h2",
    18: "esp32p4",
}
_WRONG_CHIP = (
    r"mismatch chip ID, expected (\d+), found (\d+)",
    r"Invalid chip id\. [Ee]xpected (\d+) read (\d+)",
)
_NOTHING_BOOTS = (
    "No bootable app partitions",
    "Failed to verify partition table",
    "load partition table error",
    "partition table has no terminating entry",
)
_DAMAGED = (
    "csum err:",
    "Checksum failed",
    "Image hash failed - image is corrupt",
    "invalid segment length",
    "has invalid magic byte",
)


def _log(facts: Facts) -> BootLog | None:
    return None if facts.heard is None else facts.heard.boot


def download_mode(facts: Facts) -> Iterator[Finding]:
    """The boot pin was low at the reset."""
    log = _log(facts)
    if log is None:
        return
    last = log.resets[-1] if log.resets else None
    if last is not None and last.is_download:
        yield certain("F722", f"boot:0x{last.straps:x} ({last.mode})", pin="GPIO0")
    elif last is None and log.has("waiting for download"):
        yield certain("F722", "waiting for download", pin="GPIO0")


def odd_boot_mode(facts: Facts) -> Iterator[Finding]:
    """A strapping pin was driven by something: it starts neither from flash nor for esptool."""
    log = _log(facts)
    if log is not None and log.resets and log.resets[-1].is_odd:
        last = log.resets[-1]
        yield certain("F735", f"boot:0x{last.straps:x} ({last.mode})", mode=last.mode)


def brown_out(facts: Facts) -> Iterator[Finding]:
    """The supply dips."""
    log = _log(facts)
    if log is None:
        return
    if log.has("Brownout detector was triggered"):
        yield certain("F730", "Brownout detector was triggered")
    elif any(reset.cause == BROWN_OUT_CAUSE for reset in log.resets):
        yield certain("F730", "rst:0xf")


def flash_unreadable(facts: Facts) -> Iterator[Finding]:
    """The ROM finds no program: empty, something else at its place, or no voltage for the flash."""
    log = _log(facts)
    if log is None:
        return
    header = log.find(r"invalid header: 0x([0-9a-f]{8})")
    failed = log.find(r"flash read err, ?[0-9a-f]*")
    if failed is not None and _feeds_low(facts, log):
        yield likely("F725", f"{failed[0]}, boot:0x{log.resets[-1].straps:x}")
    if header is not None and int(header[1], 16) == _ERASED:
        yield certain("F723", header[0])
    elif header is not None:
        yield likely("F726", header[0], header=f"0x{header[1]}")
    elif failed is not None:
        yield likely("F724", failed[0])


def _feeds_low(facts: Facts, log: BootLog) -> bool:
    """Say whether an ESP32, not another chip, started with GPIO12 high."""
    is_esp32 = facts.kind in ("", "esp32") and not log.has("ESP-ROM:")
    return is_esp32 and bool(log.resets) and log.resets[-1].has_low_flash_voltage


def wrong_chip(facts: Facts) -> Iterator[Finding]:
    """The image is for another chip."""
    log = _log(facts)
    if log is None:
        return
    for pattern in _WRONG_CHIP:
        found = log.find(pattern)
        if found is not None:
            chip, image = (_CHIPS.get(int(number), number) for number in found.groups())
            yield certain("F728", found[0], chip=chip, image=image)
            return


def old_chip(facts: Facts) -> Iterator[Finding]:
    """The image wants a newer revision of this chip."""
    log = _log(facts)
    found = log and log.find(
        r"chip revision check failed\. Required [<>]= v[\d.]*\d, found v[\d.]*\d"
        r"|can't run on lower chip revision[^\r\n]*"
    )
    if found:
        yield certain("F729", found[0], why=found[0])


def damaged_image(facts: Facts) -> Iterator[Finding]:
    """What is in flash is not what was written there."""
    log = _log(facts)
    if log is None:
        return
    for words in _DAMAGED:
        if log.has(words):
            yield likely("F727", words)
            break
    for words in _NOTHING_BOOTS:
        if log.has(words):
            yield certain("F731", words)
            break


def small_flash(facts: Facts) -> Iterator[Finding]:
    """The image expects more flash than there is."""
    log = _log(facts)
    found = log and log.find(
        r"Detected size\((\d+)k\) smaller than the size in the binary image header\((\d+)k\)"
    )
    if found:
        yield certain("F732", found[0], has=int(found[1]), wants=int(found[2]))


def panic(facts: Facts) -> Iterator[Finding]:
    """MicroPython itself has crashed."""
    log = _log(facts)
    found = log and log.find(
        r"Guru Meditation Error: Core +\d panic'ed \(([^)]*)\)|abort\(\) was called at PC \w+"
    )
    if found:
        yield likely("F733", found[0], what=found[1] or found[0])


def watchdog_loop(facts: Facts) -> Iterator[Finding]:
    """It starts again and again, and says no reason."""
    log = _log(facts)
    if log is None:
        return
    count = sum(reset.cause in WATCHDOG_CAUSES for reset in log.resets)
    if count >= _LOOPS:
        yield possible("F734", f"rst: {count} x {log.resets[-1].name}", count=count)


def other_speed(facts: Facts) -> Iterator[Finding]:
    """Bytes come, but no text: at 74880 baud it may be one."""
    heard = facts.heard
    if heard is None or not heard.boot.is_garbage or heard.is_modem:
        return
    if heard.slow and not is_garbage(heard.slow):
        yield certain("F737", heard.slow[:60].decode("ascii", "replace"))
    else:
        yield likely("F736", f"{len(heard.data)} bytes")


def filesystem_damaged(facts: Facts) -> Iterator[Finding]:
    """MicroPython runs and cannot read its files."""
    log = _log(facts)
    words = "The filesystem appears to be corrupted"
    if log is not None and log.has(words):
        yield certain("F739", words)


def silent(facts: Facts) -> Iterator[Finding]:
    """Nothing came: by itself, after a line end, and after a reset where that was allowed."""
    heard = facts.heard
    if heard is None or heard.data or heard.echo or facts.on_board is not None:
        return
    if heard.is_lost or (facts.prompt is not None and facts.prompt.is_there):
        return
    if facts.chip is not None and facts.chip.error is None:
        yield likely("F719", f"{heard.seconds:.0f} s")
    elif heard.was_reset or facts.chip is not None:
        yield likely("F721", f"{heard.seconds:.0f} s")
    else:
        yield likely("F720", f"{heard.seconds:.0f} s", seconds=round(heard.seconds))


def lost(facts: Facts) -> Iterator[Finding]:
    """The port vanished while it was listened at."""
    if facts.heard is not None and facts.heard.is_lost and facts.port is not None:
        yield certain("F717", facts.port.path, port=facts.port.path)


def no_bootloader(facts: Facts) -> Iterator[Finding]:
    """esptool got no answer, and says why."""
    error = facts.chip.error if facts.chip is not None else None
    if error is not None:
        is_torn = error.code in CABLE
        yield Finding(Sure.CERTAIN if is_torn else Sure.LIKELY, error, "esptool")


CHECKS = (
    download_mode,
    wrong_chip,
    old_chip,
    brown_out,
    flash_unreadable,
    damaged_image,
    small_flash,
    filesystem_damaged,
    odd_boot_mode,
    panic,
    watchdog_loop,
    other_speed,
    lost,
    silent,
    no_bootloader,
)
