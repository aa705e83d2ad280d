"""What goes wrong between this machine and a board: ports, cables, the chip, its prompt.

Place: ports, chip, unlocking, raw_repl, prompt -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F101": Message(
        "Den Anschluss {port} gibt es nicht.",
        "Platine anstecken und mit „ports“ nachsehen, wie ihr Anschluss heißt.",
        "There is no port {port}.",
        "Plug the board in, and see with “ports” what its port is called.",
    ),
    "F102": Message(
        "{port} darf von diesem Benutzer nicht geöffnet werden.",
        "„sudo usermod -aG {group} $USER“ ausführen, dann ab- und wieder anmelden; hilft das nicht,"
        " „doctor“ aufrufen.",
        "This user may not open {port}.",
        "Run “sudo usermod -aG {group} $USER”, then log out and in again; if that does not help,"
        " call “doctor”.",
    ),
    "F103": Message(
        "{port} ist belegt: {holder} hat den Anschluss offen.",
        "Dieses Programm beenden, dann noch einmal.",
        "{port} is busy: {holder} has it open.",
        "End that program, then try again.",
    ),
    "F104": Message(
        "Die Verbindung zu {port} ist abgerissen.",
        "Kabel und Stecker prüfen, wieder anstecken und noch einmal: Es geht dort weiter.",
        "The connection to {port} broke off.",
        "Check cable and plug, plug it in and try again: it goes on from there.",
    ),
    "F105": Message(
        "{port} lässt sich nicht öffnen: {why}.",
        "Platine ab- und wieder anstecken; bleibt es so, „doctor“ aufrufen.",
        "{port} cannot be opened: {why}.",
        "Unplug the board and plug it in again; if it stays, call “doctor”.",
    ),
    "F106": Message(
        "{port} nimmt keine Daten mehr an.",
        "Platine ab- und wieder anstecken, möglichst direkt am Rechner statt an einem Verteiler.",
        "{port} takes no more data.",
        "Unplug the board and plug it in again, best at the computer itself instead of a hub.",
    ),
    "F110": Message(
        "An {port} antwortet kein Chip.",
        "Kabel mit Datenleitungen verwenden. Hilft das nicht: BOOT gedrückt halten, kurz RESET"
        " drücken, BOOT loslassen, noch einmal.",
        "No chip answers at {port}.",
        "Use a cable with data wires. If that does not help: hold BOOT, press RESET shortly, let"
        " BOOT go, try again.",
    ),
    "F111": Message(
        "Der Chip an {port} startet sein Programm, statt sich beschreiben zu lassen.",
        "BOOT gedrückt halten, kurz RESET drücken, BOOT loslassen, noch einmal.",
        "The chip at {port} starts its program instead of letting itself be written.",
        "Hold BOOT, press RESET shortly, let BOOT go, try again.",
    ),
    "F112": Message(
        "Der Chip an {port} ist zu hören, hört selbst aber nichts.",
        "Alles von RX und TX der Platine abklemmen und ein anderes Kabel nehmen.",
        "The chip at {port} can be heard, but hears nothing itself.",
        "Take everything off RX and TX of the board, and take another cable.",
    ),
    "F113": Message(
        "An {port} steckt ein unbekannter Chip: {why}.",
        "Eine Platine mit ESP32 oder ESP32-S3 verwenden; bei neuen Chips esptool aktualisieren.",
        "There is an unknown chip at {port}: {why}.",
        "Use a board with an ESP32 or ESP32-S3; for new chips update esptool.",
    ),
    "F114": Message(
        "Der Chip an {port} ist gesperrt (Secure Boot, Flash-Verschlüsselung, Secure Download).",
        "Eine andere Platine nehmen: Diese Sperre lässt sich nicht aufheben.",
        "The chip at {port} is locked (secure boot, flash encryption, secure download mode).",
        "Take another board: this cannot be undone.",
    ),
    "F115": Message(
        "Der Flash-Speicher an {port} nennt seine Größe nicht.",
        "Alles von den Pins der Platine abklemmen und noch einmal; bleibt es so, ist sie defekt.",
        "The flash at {port} does not tell its size.",
        "Take everything off the pins of the board and try again; if it stays, it is broken.",
    ),
    "F116": Message(
        "Der Flash-Speicher hat {size} Byte, gebraucht werden {wanted}.",
        "Eine Platine mit mehr Flash-Speicher nehmen oder ein Bündel für diese Größe.",
        "The flash has {size} bytes, {wanted} are needed.",
        "Take a board with more flash, or a bundle for this size.",
    ),
    "F117": Message(
        "Schreiben bei {at} ist gescheitert: {why}.",
        "Noch einmal mit einem anderen Kabel; bleibt es so, ist der Flash-Speicher defekt.",
        "Writing at {at} failed: {why}.",
        "Try again with another cable; if it stays, the flash is broken.",
    ),
    "F118": Message(
        "Bei {at} steht nach dem Schreiben etwas anderes im Flash-Speicher.",
        "Noch einmal; bleibt es so, ist der Flash-Speicher defekt: Platine aussortieren.",
        "At {at} the flash holds something else than was written.",
        "Try again; if it stays, the flash is broken: sort the board out.",
    ),
    "F119": Message(
        "Was bei {at} geschrieben werden soll, passt nicht zum Chip: {why}.",
        "Prüfen, ob --board zur Platine passt, oder ein Bündel für diesen Chip verwenden.",
        "What is to be written at {at} is not for this chip: {why}.",
        "Check that --board is the right one, or use a bundle for this chip.",
    ),
    "F120": Message(
        "Der Chip an {port} antwortet nicht mehr: {why}.",
        "Ein kurzes Kabel direkt am Rechner verwenden und noch einmal; sonst baud = 115200 in"
        " workshop.toml setzen.",
        "The chip at {port} no longer answers: {why}.",
        "Use a short cable at the computer itself and try again; else set baud = 115200 in"
        " workshop.toml.",
    ),
    "F122": Message(
        "{port} trägt {baud} Baud nicht, es geht langsamer weiter.",
        "Nichts zu tun; mit kürzerem Kabel oder anderem Verteiler geht es schneller.",
        "{port} does not carry {baud} baud, it goes on more slowly.",
        "Nothing; a shorter cable or another hub makes it faster.",
    ),
    "F130": Message(
        "An {port} antwortet kein MicroPython. Zu hören war: {heard}",
        "RESET drücken und noch einmal; sonst „doctor“ aufrufen.",
        "No MicroPython answers at {port}. What was heard: {heard}",
        "Press RESET and try again; else call “doctor”.",
    ),
    "F131": Message(
        "Die Konsole an {port} ist gesperrt, und der Knoten hat keinen Service-Schlüssel.",
        "Nach einem Neustart den Knopf der Platine 3 s halten, oder mit --erase neu einrichten.",
        "The console at {port} is locked, and the node has no service key.",
        "After a restart hold the button of the board for 3 s, or set it up anew with --erase.",
    ),
    "F132": Message(
        "Die Konsole an {port} ist gesperrt, und für Knoten {address} hat diese Werkstatt keinen"
        " Service-Schlüssel.",
        "Die Werkstatt verwenden, die ihn eingerichtet hat, oder mit --erase neu einrichten.",
        "The console at {port} is locked, and this workshop has no service key for node {address}.",
        "Use the workshop that set it up, or set it up anew with --erase.",
    ),
    "F133": Message(
        "Knoten {address} an {port} nimmt den Service-Schlüssel dieser Werkstatt nicht an; er hört"
        " {seconds} s lang nichts.",
        "Die Werkstatt verwenden, die ihn eingerichtet hat, oder mit --erase neu einrichten.",
        "Node {address} at {port} does not take the service key of this workshop; it is deaf for"
        " {seconds} s.",
        "Use the workshop that set it up, or set it up anew with --erase.",
    ),
    "F134": Message(
        "Auf der Platine an {port} ist etwas gescheitert: {why}.",
        "Noch einmal; bleibt es so, mit --erase neu einrichten.",
        "Something failed on the board at {port}: {why}.",
        "Try again; if it stays, set it up anew with --erase.",
    ),
    "F135": Message(
        "Die Platine an {port} antwortet nicht mehr.",
        "Ab- und wieder anstecken, dann noch einmal: Es geht dort weiter.",
        "The board at {port} no longer answers.",
        "Unplug it, plug it in, then try again: it goes on from there.",
    ),
    "F136": Message(
        "Die Platine an {port} gibt auf {script} eine unverständliche Antwort.",
        "Noch einmal; bleibt es so, ein anderes Kabel nehmen.",
        "The board at {port} gives an answer to {script} that makes no sense.",
        "Try again; if it stays, take another cable.",
    ),
    "F137": Message(
        "Der Speicher der Platine an {port} ist voll.",
        "Mit --erase neu einrichten.",
        "The filesystem of the board at {port} is full.",
        "Set it up anew with --erase.",
    ),
}
