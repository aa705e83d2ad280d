"""What goes wrong on the way from a bare board to a node.

Place: look, steps, provisioning -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F401": Message(
        "An {port} steckt ein {found}, die Platine {board} hat einen {wanted}.",
        "Die richtige Platine anstecken oder mit --board sagen, welche es ist.",
        "{port} has an {found}, but the board {board} has an {wanted}.",
        "Plug in the right board, or say with --board which one it is.",
    ),
    "F402": Message(
        "Die Platine {mac} trägt die Identität von Knoten {address}, der auf {owner} läuft: Sie ist"
        " eine Kopie.",
        "Mit --erase löschen und neu einrichten, sie bekommt dann eine eigene Adresse.",
        "Board {mac} has the identity of node {address}, which runs on {owner}: it is a copy.",
        "Set it up anew with --erase: it gets an address of its own.",
    ),
    "F403": Message(
        "Die Platine {mac} ist schon Knoten {address}, aber nicht von dieser Werkstatt.",
        "Deren Bestand mit „inventory import“ einlesen, oder mit --erase löschen und neu"
        " einrichten.",
        "Board {mac} is node {address} already, but not of this workshop.",
        "Take over the other inventory with “inventory import”, or set it up anew with --erase.",
    ),
    "F404": Message(
        "Die Platine {mac} ist der fertige Knoten {address} und antwortet nicht.",
        "Mit „doctor“ nachsehen. Mit --erase wird sie neu eingerichtet; Messwerte, die noch auf ihr"
        " liegen, sind dann weg.",
        "Board {mac} is the finished node {address}, and it does not answer.",
        "Look with “doctor”. With --erase it is set up anew; samples that are still on it are gone"
        " then.",
    ),
    "F405": Message(
        "Knoten {address} ist fertig eingerichtet mit {field} {found}, gewünscht ist {wanted}.",
        "Soll sie das werden, mit --erase neu einrichten; sonst diese Angabe weglassen.",
        "Node {address} is set up with {field} {found}, wanted is {wanted}.",
        "Is that what it is to be, set it up anew with --erase; else leave that out.",
    ),
    "F406": Message(
        "Selbsttest: {sensor} meldet „{why}“.",
        "Anschlüsse und Versorgung dieses Sensors prüfen, dann noch einmal.",
        "Self-test: {sensor} says “{why}”.",
        "Check the wires and the supply of this sensor, then try again.",
    ),
    "F407": Message(
        "Selbsttest: Das Funkmodul meldet „{why}“.",
        "Prüfen, ob --board zur Platine passt, dann noch einmal.",
        "Self-test: the radio says “{why}”.",
        "Check that --board is the right one, then try again.",
    ),
    "F408": Message(
        "Die Datei {path} steht nach dem Schreiben anders auf der Platine.",
        "Anderes Kabel nehmen und noch einmal; bleibt es so, ist der Speicher der Platine defekt.",
        "The file {path} is different on the board after it was written.",
        "Take another cable and try again; if it stays, the flash of this board is broken.",
    ),
    "F409": Message(
        "Die Platine hat die Probe mit ihrem Schlüssel nicht bestanden.",
        "Noch einmal; sie bekommt dann einen neuen Schlüssel.",
        "The board gave a wrong answer to the challenge of its key.",
        "Try again: it gets a new key then.",
    ),
    "F410": Message(
        "Die Einstellung {field} steht auf der Platine als {found}, gewünscht ist {wanted}.",
        "Die Einstellung mit --set berichtigen und noch einmal.",
        "The setting {field} is {found} on the board, wanted is {wanted}.",
        "Correct it with --set, then try again.",
    ),
    "F411": Message(
        "Der Knoten startet nicht: {why}.",
        "In docs/boards unter „When a board does not start“ nachsehen.",
        "The node does not start: {why}.",
        "See “When a board does not start” in docs/boards.",
    ),
    "F412": Message(
        "An {port} steckt jetzt die Platine {found}, begonnen wurde mit {wanted}.",
        "Die erste Platine wieder anstecken, oder für diese von vorn beginnen.",
        "{port} now has board {found}, but it began with {wanted}.",
        "Plug the first board in again, or begin anew with this one.",
    ),
    "F413": Message(
        "Der Schritt {step} geht noch nicht, es fehlt {lacking}.",
        "Ohne --only laufen lassen, dann wird alles Fehlende gemacht.",
        "The step {step} cannot be done yet: {lacking} is missing.",
        "Run it without --only, and all that is missing is done.",
    ),
    "F414": Message(
        "Die Platine {mac} ist in dieser Werkstatt unbekannt.",
        "Zuerst mit „node“ einrichten, oder den Bestand mit „inventory import“ einlesen.",
        "Board {mac} is not known in this workshop.",
        "Set it up with “node” first, or take over the inventory with “inventory import”.",
    ),
    "F415": Message(
        "Nach dem Löschen steht bei {place} noch etwas im Speicher der Platine.",
        "Noch einmal; bleibt es so, die Platine mechanisch zerstören.",
        "After it was erased there still is something at {place} in the flash of the board.",
        "Try again; if it stays, destroy the board.",
    ),
    "F416": Message(
        "Die Firmware nimmt ihre Einstellungen nicht: {why}.",
        "Die Einstellung mit --set oder in workshop.toml berichtigen und noch einmal.",
        "The firmware does not take its settings: {why}.",
        "Correct them with --set or in workshop.toml, then try again.",
    ),
    "F417": Message(
        "Das MicroPython des Bündels sucht die Dateien an anderer Stelle als das von Knoten"
        " {address} ({mac}).",
        "Warten, bis das Gateway alle Messwerte hat, dann mit --erase neu einrichten.",
        "The MicroPython of the bundle looks for the files in another place than that of node"
        " {address} ({mac}).",
        "Wait until the gateway has all samples, then set it up anew with --erase.",
    ),
}
