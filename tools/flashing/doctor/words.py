"""What doctor says beside its findings, in German and in English.

Place: report, examine -> `say` -> terminal.
"""

_TEXTS = {
    "certain": ("sicher", "certain"),
    "likely": ("wahrscheinlich", "likely"),
    "possible": ("möglich", "possible"),
    "note": ("Hinweis", "note"),
    "seen": ("gesehen", "seen"),
    "read": ("Aus der Platine gelesen", "Read from the board"),
    "by prompt": ("über die Konsole", "through the console"),
    "by flash": ("aus dem Flash", "from flash"),
    "chip": ("Chip {kind}, MAC {mac}, Flash {mb} MB", "Chip {kind}, MAC {mac}, flash {mb} MB"),
    "mac": ("MAC {mac}, MicroPython {version}", "MAC {mac}, MicroPython {version}"),
    "node": ("Knoten {node}, Schlüssel-Epoche {epoch}", "Node {node}, epoch {epoch} of its key"),
    "release": ("Firmware {version}, Bündel {bundle}", "Firmware {version}, bundle {bundle}"),
    "boots": ("Gestartet: {count} Mal", "Started {count} times"),
    "resets": (
        "Davor: {power} Mal eingeschaltet, {brown} Mal Unterspannung, {watchdog} Mal Watchdog,"
        " {crash} Mal abgestürzt",
        "By: {power} power-ons, {brown} brown-outs, {watchdog} watchdog resets, {crash} crashes",
    ),
    "failed": (
        "Fehlgeschlagene Starts in Folge: {count} (ab 5 abgesichert)",
        "Failed starts in a row: {count} (safe mode from 5 on)",
    ),
    "crash": (
        "Absturz: {exception} in {module}, Zeile {line}, Firmware {firmware}",
        "Crash: {exception} in {module}, line {line}, firmware {firmware}",
    ),
    "crash more": (", danach {count} weitere", ", then {count} more"),
    "crash told": (", dem Gateway gemeldet", ", told to the gateway"),
    "crash untold": (", noch nicht gemeldet", ", not told yet"),
    "recorder": (
        "Flugschreiber, die letzten {count} Zeilen",
        "Flight recorder, the last {count} lines",
    ),
    "line after": ("Start {boot}, nach {time}: {words}", "start {boot}, after {time}: {words}"),
    "line at": ("Start {boot}, {time}: {words}", "start {boot}, {time}: {words}"),
    "damaged": (
        "{count} Dateien des Flugschreibers sind am Ende beschädigt",
        "{count} files of the flight recorder are damaged at their end",
    ),
    "ask plug": (
        "Keine Platine zu sehen. Kabel abziehen und wieder anstecken, dann bestätigen",
        "No board to be seen. Unplug the cable, plug it in again, then confirm",
    ),
    "ask touch": (
        "Darf die Platine angehalten und neu gestartet werden? Ihr Flash bleibt, wie er ist",
        "May the board be stopped and started again? Its flash stays as it is",
    ),
    "listening": ("Höre an {port} zu …", "Listening at {port} ..."),
    "resetting": ("Starte die Platine an {port} neu …", "Resetting the board at {port} ..."),
    "prompting": ("Frage die Konsole …", "Asking the console ..."),
    "loading": ("Frage den Chip …", "Asking the chip ..."),
    "bundle begin": ("Das Archiv {path} enthält:", "The archive {path} has:"),
    "bundle none": (
        "Schlüssel und Passwörter sind nicht darin; Benutzername, MAC und Einstellungen ja",
        "No keys and passwords are in it; user name, MAC and settings are",
    ),
    "bundle done": ("Geschrieben: {path}, {size} Bytes", "Written: {path}, {size} bytes"),
    "in about.json": ("Versionen der Werkzeuge und der Firmware", "versions of tools and firmware"),
    "in facts.json": (
        "was der Rechner, der Anschluss und die Platine sagen",
        "what computer, port and board say",
    ),
    "in findings.txt": ("die Befunde", "the findings"),
    "in boot.log": ("was die Platine beim Start sagt", "what the board says when it starts"),
    "in recorder.txt": ("den Flugschreiber der Platine", "the board's flight recorder"),
    "in config.json": ("ihre Einstellungen, ohne Schlüssel", "its settings, without keys"),
    "in board.json": ("die Beschreibung ihrer Pins", "the description of its pins"),
}


def say(text: str, lang: str, **values: object) -> str:
    """Return a text in a language, its gaps filled; KeyError where there is no such text."""
    return _TEXTS[text][lang == "en"].format(**values)
