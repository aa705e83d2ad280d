"""The sensors' terminals: name, where each goes, and what is soldered between.

Place: here -> drawings, tables. Sources: the data sheets that the pages in docs/sensors name.
Guarantee: no pin of a board stands here. Rows are in such an order that wires cross as little as
they can: what is tied to another row stands beside it.
"""

from dataclasses import dataclass

RED, BLACK, BLUE, ORANGE, GREEN, VIOLET = (
    *("#c62828", "#202020", "#1565c0", "#ef6c00"),
    *("#2e7d32", "#7b1fa2"),
)


@dataclass(frozen=True)
class Row:
    """One wire: terminal of the board (see `Board.pin`), pin of the sensor, its colour.

    `tied` is the number of the row that the sensor's pin is connected to instead. A terminal that
    begins with "=" is no pin of the board, but what the rest says. Without `pin` nothing of the
    sensor is there: only a part ends at that row.
    """

    terminal: str
    pin: str
    colour: str
    tied: int | None = None


@dataclass(frozen=True)
class Part:
    """A resistor (R) or capacitor (C) between two rows; in one row where both are the same.

    A value with @ is of the board's divider: @upper, @lower.
    """

    kind: str
    value: str
    rows: tuple[int, int]
    lane: int


@dataclass(frozen=True)
class Sensor:
    """`name` is that of its page; `board` the one it is drawn with; `notes` stand below."""

    name: str
    title: str
    board: str
    rows: tuple[Row, ...]
    parts: tuple[Part, ...] = ()
    notes: tuple[str, ...] = ()


def _pull_ups(sda: int, value: str) -> tuple[Part, ...]:
    return Part("R", value, (0, sda), 0), Part("R", value, (0, sda + 1), 1)


_UART_ROWS = (Row("uart.tx", "RX", GREEN), Row("uart.rx", "TX", VIOLET))

SENSORS = (
    Sensor(
        "bme280",
        "BME280",
        "heltec-v3",
        (
            Row("3V3", "VIN", RED),
            Row("", "CSB", RED, tied=0),
            Row("i2c.sda", "SDA", BLUE),
            Row("i2c.scl", "SCL", ORANGE),
            Row("", "SDO", BLACK, tied=5),
            Row("GND", "GND", BLACK),
        ),
        _pull_ups(2, "4.7k"),
        (
            "SDO at GND: address 0x76. At VIN: 0x77.",
            "Module boards mostly carry the pull-ups.",
        ),
    ),
    Sensor(
        "scd41",
        "SCD41",
        "heltec-v3",
        (
            Row("3V3", "VDD", RED),
            Row("", "VDDH", RED, tied=0),
            Row("i2c.sda", "SDA", BLUE),
            Row("i2c.scl", "SCL", ORANGE),
            Row("GND", "GND", BLACK),
        ),
        (*_pull_ups(2, "10k"), Part("C", "100u", (0, 4), 2)),
        ("A shot draws 175 mA for a moment: short, thick wires.",),
    ),
    Sensor(
        "sps30",
        "SPS30",
        "esp32-wired",
        (
            Row("3V3", "", RED),
            Row("i2c.sda", "2 SDA", BLUE),
            Row("i2c.scl", "3 SCL", ORANGE),
            Row("5V", "1 VDD", RED),
            Row("", "4 SEL", BLACK, tied=5),
            Row("GND", "5 GND", BLACK),
        ),
        _pull_ups(1, "10k"),
        ("SEL is at GND before the supply comes.", "Pull-ups to 3.3 V, the supply is 5 V."),
    ),
    Sensor(
        "sds011",
        "SDS011",
        "esp32-wired",
        (
            Row("5V", "3 5V", RED),
            *(
                Row(r.terminal, f"{n} {r.pin}", r.colour)
                for n, r in zip((6, 7), _UART_ROWS, strict=True)
            ),
            Row("GND", "5 GND", BLACK),
        ),
        (),
        ("Pins 1, 2 and 4 stay open.",),
    ),
    Sensor(
        "i2s-microphone",
        "ICS-43434",
        "heltec-v3",
        (
            Row("3V3", "VDD", RED),
            Row("", "EN", RED, tied=0),
            Row("i2s.sck", "SCK", BLUE),
            Row("i2s.ws", "WS", ORANGE),
            Row("i2s.sd", "SD", GREEN),
            Row("", "L/R", BLACK, tied=6),
            Row("GND", "GND", BLACK),
        ),
        (Part("R", "100k", (4, 6), 0), Part("C", "100n", (0, 6), 2)),
        ("INMP441: the same. EN: only where there is one.", "Wires of 10 to 20 cm at most."),
    ),
    Sensor(
        "ld2415h-radar",
        "HLK-LD2415H",
        "esp32-wired",
        (Row("=12 V +", "V+", RED), *_UART_ROWS, Row("GND", "GND", BLACK)),
        (),
        (
            "Minus of the 12 V supply goes to GND too.",
            "Manual not at hand: measure TX before you connect it.",
        ),
    ),
    Sensor(
        "pulse-contact",
        "Contact",
        "esp32-wired",
        (Row("3V3", "", RED), Row("pulse.0", "A", BLUE), Row("GND", "B", BLACK)),
        (Part("R", "4.7k", (0, 1), 0), Part("C", "100n", (1, 2), 1)),
        ("R and C: on long wires, and at GPIO 34 to 39.",),
    ),
    Sensor(
        "a02",
        "A02YYUW",
        "heltec-v3",
        (
            Row("3V3", "red VCC", RED),
            Row("uart.tx", "yellow RX", GREEN),
            Row("uart.rx", "white TX", VIOLET),
            Row("GND", "black GND", BLACK),
        ),
        (),
        ("Reversed polarity kills it without a sign.",),
    ),
    Sensor(
        "maxbotix",
        "HRXL-WR (TTL)",
        "heltec-v3",
        (
            Row("3V3", "6 V+", RED),
            Row("uart.rx", "5 TX", VIOLET),
            Row("GND", "7 GND", BLACK),
        ),
        (Part("C", "100u", (0, 2), 1),),
        ("Pins 1 to 4 stay open.", "Fed with 5 V its TX has 5 V: then a divider."),
    ),
    Sensor(
        "ds18b20",
        "DS18B20",
        "heltec-v3",
        (
            Row("3V3", "red VDD", RED),
            Row("onewire", "yellow DQ", BLUE),
            Row("GND", "black GND", BLACK),
        ),
        (Part("R", "4.7k", (0, 1), 0),),
        ("Three wires; colours differ between makers: measure.",),
    ),
    Sensor(
        "battery-and-solar",
        "Solar panel",
        "heltec-v3",
        (Row("solar", "+", ORANGE), Row("GND", "-", BLACK)),
        (
            Part("C", "100n", (0, 1), 0),
            Part("R", "@lower", (0, 1), 1),
            Part("R", "@upper", (0, 0), 2),
        ),
        ("Never more than 3.1 V at the pin.", "The battery's divider is on the board."),
    ),
)
