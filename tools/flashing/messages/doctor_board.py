"""What doctor finds in a board whose MicroPython runs: whose it is, and why the node does not.

Place: doctor's checks -> doctor -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F740": Message(
        "Auf der Platine läuft MicroPython ({version}), aber nicht unsere Firmware.",
        "Mit „node“ einrichten.",
        "The board runs MicroPython ({version}), but not our firmware.",
        "Set it up with “node”.",
    ),
    "F741": Message(
        "Die Einrichtung wurde unterbrochen: Die Firmware ist da, aber nichts startet sie.",
        "„node“ noch einmal aufrufen, es macht dort weiter.",
        "Setting it up was cut off: the firmware is there, but nothing starts it.",
        "Call “node” again: it goes on from there.",
    ),
    "F742": Message(
        "Der Knoten hat keine Identität ({why}).",
        "Mit „node“ einrichten.",
        "The node has no identity ({why}).",
        "Set it up with “node”.",
    ),
    "F743": Message(
        "Identität oder Zähler des Knotens sind beschädigt: {why}.",
        "Mit „node“ neu einrichten, er bekommt dann einen neuen Schlüssel.",
        "The node's identity or counter is damaged: {why}.",
        "Set it up anew with “node”: it gets a new key then.",
    ),
    "F744": Message(
        "Auf der Platine ist Knoten {node}, Epoche {epoch}; die Werkstatt hat Knoten {address},"
        " Epoche {recorded} mit einem anderen Schlüssel verzeichnet.",
        "Mit „node“ neu einrichten; ist sie die Kopie einer anderen, mit --erase.",
        "The board is node {node}, epoch {epoch}; the workshop recorded node {address}, epoch"
        " {recorded} with another key.",
        "Set it up anew with “node”; with --erase where it is a copy of another.",
    ),
    "F745": Message(
        "Die Einrichtung von {mac} als Knoten {address}, Epoche {epoch}, wurde nicht fertig.",
        "„node“ noch einmal aufrufen, es macht dort weiter.",
        "Setting up {mac} as node {address}, epoch {epoch}, was not finished.",
        "Call “node” again: it goes on from there.",
    ),
    "F746": Message(
        "Der Knoten startet nicht: {why}.",
        "In docs/boards unter „When a board does not start“ nachsehen.",
        "The node does not start: {why}.",
        "See “When a board does not start” in docs/boards.",
    ),
    "F747": Message(
        "Die Beschreibung der Platine passt nicht: {why}.",
        "Mit „node“ und dem richtigen --board noch einmal einrichten.",
        "The file of the board is wrong: {why}.",
        "Set it up again with “node” and the right --board.",
    ),
    "F748": Message(
        "Der Knoten soll funken, aber seine Platine hat kein Funkmodul: {why}.",
        "Mit „node“ und dem richtigen --board einrichten, oder „link“ auf „wired“ setzen.",
        "The node is to use radio, but its board has none: {why}.",
        "Set it up with “node” and the right --board, or set “link” to “wired”.",
    ),
    "F749": Message(
        "Der Knoten kann nicht in seinen Flash schreiben: {why}.",
        "Mit „node --erase“ neu einrichten; kommt es wieder, die Platine tauschen.",
        "The node cannot write to its flash: {why}.",
        "Set it up anew with “node --erase”; if it comes back, change the board.",
    ),
    "F750": Message(
        "Das Funkmodul antwortet nicht richtig: {why}.",
        "Die Leitungen prüfen, die da stehen, und dass --board zur Platine passt.",
        "The radio does not answer as it should: {why}.",
        "Check the wires that it names, and that --board is the right one.",
    ),
    "F751": Message(
        "Auf der Platine ist ein anderes Funkmodul als erwartet: {why}.",
        "Mit „node“ und dem anderen --board einrichten (beim T-Beam: SX1262 oder SX1276).",
        "There is another radio on the board than expected: {why}.",
        "Set it up with “node” and the other --board (of two T-Beams: SX1262 or SX1276).",
    ),
    "F752": Message(
        "Der Knoten läuft im abgesicherten Modus: Fünf Starts nacheinander sind fehlgeschlagen, er"
        " misst nicht.",
        "Im Flugschreiber unten nachsehen, die Ursache beheben, dann den Strom kurz wegnehmen.",
        "The node is in safe mode: five starts in a row failed, it measures nothing.",
        "See the flight recorder below, mend the cause, then cut its power for a moment.",
    ),
    "F753": Message(
        "Der Knoten läuft, misst aber nichts: {why}.",
        "Ein Profil wählen, das zur Platine passt, und mit „node“ neu einrichten.",
        "The node runs, but measures nothing: {why}.",
        "Choose a profile that fits the board, and set it up anew with “node”.",
    ),
    "F754": Message(
        "Die Datei {file} ist nicht in Ordnung, der Knoten nimmt ihre Kopie oder Vorgaben: {why}.",
        "Mit „node“ neu einrichten.",
        "The file {file} is not right, the node takes its copy or defaults: {why}.",
        "Set it up anew with “node”.",
    ),
    "F755": Message(
        "Die Werkstatt hat diese Platine als gelöscht verzeichnet (früher Knoten {address}).",
        "Mit „node“ einrichten, wenn sie wieder dienen soll.",
        "The workshop has this board as wiped (it was node {address}).",
        "Set it up with “node” where it is to serve again.",
    ),
    "F757": Message(
        "Die Beschreibung {name} auf der Platine ist für einen {wants}, der Chip ist ein {chip}.",
        "Mit „node“ und dem richtigen --board neu einrichten.",
        "The file {name} on the board is for an {wants}, the chip is an {chip}.",
        "Set it up anew with “node” and the right --board.",
    ),
    "F758": Message(
        "Der Knoten ist abgestürzt: {exception} in {place}.",
        "Das Archiv von „doctor --out“ weitergeben.",
        "The node has crashed: {exception} in {place}.",
        "Pass on the archive of “doctor --out”.",
    ),
    "F759": Message(
        "{count} von {starts} Starts kamen nach Unterspannung.",
        "Netzteil, Kabel und Akku prüfen.",
        "{count} of {starts} starts came after a brown-out.",
        "Check supply, cable and battery.",
    ),
    "F760": Message(
        "{count} von {starts} Starts kamen durch den Watchdog: Der Knoten blieb hängen.",
        "Sensoren einzeln abziehen; das Archiv von „doctor --out“ weitergeben.",
        "{count} of {starts} starts were made by the watchdog: the node was stuck.",
        "Take off sensors one by one; pass on the archive of “doctor --out”.",
    ),
    "F761": Message(
        "Die letzten {count} Starts sind fehlgeschlagen.",
        "Im Flugschreiber unten nachsehen.",
        "The last {count} starts failed.",
        "See the flight recorder below.",
    ),
    "F762": Message(
        "Die Firmware läuft und meldet sich: {title}.",
        "Hier ist nichts zu tun; fehlen Messwerte, am Gateway nachsehen.",
        "The firmware runs and says who it is: {title}.",
        "There is nothing to do here; where values are missing, look at the gateway.",
    ),
    "F763": Message(
        "Die Platine ist ein Funkmodem und arbeitet.",
        "Hier ist nichts zu tun; hört das Gateway nichts, dort nachsehen.",
        "The board is a radio modem, and works.",
        "There is nothing to do here; where the gateway hears nothing, look there.",
    ),
    "F766": Message(
        "MicroPython wartet auf Eingaben: Auf der Platine läuft kein Programm.",
        "Mit --reset noch einmal aufrufen, dann wird nachgesehen, was auf ihr ist.",
        "MicroPython waits for somebody to type: no program runs on the board.",
        "Call it again with --reset, then it is looked what is on it.",
    ),
    "F765": Message(
        "Es ist kein Fehler zu sehen.",
        "Mit --reset noch einmal aufrufen; hilft das nicht, das Archiv von „doctor --out“"
        " weitergeben.",
        "Nothing wrong is to be seen.",
        "Call it again with --reset; if that does not help, pass on the archive of “doctor --out”.",
    ),
}
