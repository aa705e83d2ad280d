"""What goes wrong at a mast: labels, answers, the test of a link, the way through the gateway.

Place: mount -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

_ANSWERS = {
    "F501": Message(
        "„{text}“ ist kein Etikett eines Knotens.",
        "Den QR-Code des Knotens scannen oder die Nummer darunter eingeben, etwa 17.",
        "“{text}” is no label of a node.",
        "Scan the node's QR code, or type the number below it, such as 17.",
    ),
    "F502": Message(
        "„{value}“ ist keine Position.",
        "In der Karte lange auf den Punkt drücken und kopieren, etwa 49.1427, 9.2109.",
        "“{value}” is no position.",
        "Press long on the place in a map and copy, such as 49.1427, 9.2109.",
    ),
    "F503": Message(
        "„{value}“ ist keine Höhe.",
        "Meter über dem Boden eingeben, etwa 3,5.",
        "“{value}” is no height.",
        "Type metres above the ground, such as 3.5.",
    ),
    "F504": Message(
        "„{value}“ ist keine Richtung.",
        "Grad von 0 bis 360 oder eine Himmelsrichtung eingeben, etwa SW.",
        "“{value}” is no direction.",
        "Type degrees from 0 to 360 or a point of the compass, such as SW.",
    ),
    "F505": Message(
        "„{value}“ ist keine Mastnummer.",
        "Die Nummer vom Mast abschreiben, höchstens 80 Zeichen, etwa L 12.",
        "“{value}” is no number of a pole.",
        "Copy the number from the pole, at most 80 characters, such as L 12.",
    ),
    "F506": Message(
        "Das Foto {file} ist nicht lesbar: {why}.",
        "Den Pfad prüfen oder ohne Foto weitermachen.",
        "The photo {file} cannot be read: {why}.",
        "Check the path, or go on without a photo.",
    ),
    "F507": Message(
        "{file} ist kein Foto.",
        "Eine Datei mit einer dieser Endungen nehmen: {known}.",
        "{file} is no photo.",
        "Take a file with one of these endings: {known}.",
    ),
    "F508": Message(
        "Die Bemerkung „{value}“ passt nicht.",
        "Höchstens 500 Zeichen in einer Zeile schreiben.",
        "The remarks “{value}” do not fit.",
        "Write at most 500 characters in one line.",
    ),
    "F509": Message(
        "„{value}“ ist kein Name für einen Messpunkt.",
        "Kleine Buchstaben, Ziffern, „-“ und „_“ verwenden, etwa air-17.",
        "“{value}” is no name of a measuring point.",
        "Use lower-case letters, digits, “-” and “_”, such as air-17.",
    ),
    "F510": Message(
        "Das Reallabor dieses Knotens ist hier nicht bekannt.",
        "Mit --lab sagen, welches es ist; es gibt {known}.",
        "The lab of this node is not known here.",
        "Say with --lab which it is; there are {known}.",
    ),
    "F511": Message(
        "„{value}“ ist kein Name.",
        "Mit --by höchstens 80 Zeichen in einer Zeile angeben, etwa E. Maier.",
        "“{value}” is no name.",
        "Give at most 80 characters in one line with --by, such as E. Maier.",
    ),
    "F512": Message(
        "Eine nötige Angabe fehlt.",
        "{option} angeben.",
        "Something that is needed is missing.",
        "Give {option}.",
    ),
    "F513": Message(
        "Die Angabe sieht aus wie ein Schlüssel.",
        "Schlüssel gehören in keinen Eintrag; anders schreiben.",
        "This looks like a key.",
        "Keys belong into no record; write it in another way.",
    ),
    "F514": Message(
        "Knoten {address} ist ausgetragen.",
        "Die Platine zuerst mit „node“ neu einrichten.",
        "Node {address} is out of service.",
        "Set the board up anew with “node” first.",
    ),
    "F515": Message(
        "Knoten {address} ist nicht fertig eingerichtet.",
        "Die Platine anstecken und „node“ noch einmal laufen lassen, dann montieren.",
        "Node {address} is not set up to the end.",
        "Plug the board in and run “node” once more, then mount it.",
    ),
}
_CABLE = {
    "F520": Message(
        "An {port} antwortet in {seconds} s kein Knoten mit gesperrter Konsole.",
        "Kabel mit Datenleitungen verwenden und den Knoten einschalten; einen auf Batterie über das"
        " Gateway prüfen.",
        "At {port} no node with a locked console answers within {seconds} s.",
        "Use a cable with data lines and switch the node on; test one on a battery through the"
        " gateway.",
    ),
    "F521": Message(
        "Knoten {address} hat keinen Service-Schlüssel.",
        "Mit --way gateway prüfen, oder die Platine in der Werkstatt aktualisieren.",
        "Node {address} has no service key.",
        "Test with --way gateway, or update the board in the workshop.",
    ),
    "F522": Message(
        "Knoten {address} nimmt den Service-Schlüssel nicht an und hört {seconds} s lang nichts.",
        "Den Ordner der Werkstatt verwenden, die ihn eingerichtet hat, und so lange warten.",
        "Node {address} does not take the service key, and hears nothing for {seconds} s.",
        "Use the folder of the workshop that set it up, and wait so long.",
    ),
    "F523": Message(
        "An {port} ist Knoten {found} angeschlossen, auf dem Etikett steht {wanted}.",
        "Kabel oder Etikett wechseln.",
        "{port} leads to node {found}, but the label says {wanted}.",
        "Change the cable or the label.",
    ),
    "F524": Message(
        "Knoten {address} prüft nicht: {why}.",
        "Warten, bis die andere Prüfung zu Ende ist, dann noch einmal.",
        "Node {address} does not test: {why}.",
        "Wait until the other test is over, then try again.",
    ),
    "F525": Message(
        "Knoten {address} hat in {seconds} s kein Ergebnis gesagt.",
        "Steckt das Kabel noch? Den Knoten neu starten, dann noch einmal.",
        "Node {address} has told no result within {seconds} s.",
        "Is the cable still in? Restart the node, then try again.",
    ),
    "F526": Message(
        "Die Platine an {port} steht an der Eingabe von MicroPython: Der Knoten läuft nicht.",
        "Neu starten (Taste RST oder Strom weg), dann noch einmal.",
        "The board at {port} is at MicroPython's prompt: the node does not run.",
        "Restart it (button RST, or power off), then try again.",
    ),
    "F527": Message(
        "Die Verbindung von Knoten {address} ist rot, nichts wurde eingetragen.",
        "Einen besseren Platz suchen, oder mit --anyway eintragen.",
        "The link of node {address} is red, nothing was recorded.",
        "Look for a better place, or record it with --anyway.",
    ),
    "F528": Message(
        "Abgebrochen, nichts wurde eingetragen.",
        "Am besseren Platz noch einmal beginnen.",
        "Given up, nothing was recorded.",
        "Begin again at a better place.",
    ),
}
_GATEWAY = {
    "F530": Message(
        "In der Werkstatt {folder} ist kein Broker eingetragen.",
        "[broker] in workshop.toml ausfüllen, oder mit --port am Kabel prüfen.",
        "The workshop {folder} names no broker.",
        "Fill in [broker] in workshop.toml, or test by cable with --port.",
    ),
    "F531": Message(
        "Der Broker {host}:{port} ist nicht erreichbar: {why}.",
        "Ist hier das Netz des Reallabors? Sonst mit --port am Kabel prüfen.",
        "The broker {host}:{port} cannot be reached: {why}.",
        "Is the network of the lab here? Else test by cable with --port.",
    ),
    "F532": Message(
        "Der Broker {host}:{port} nimmt die Anmeldung nicht an: {why}.",
        "user und password_file in workshop.toml prüfen.",
        "The broker {host}:{port} refuses the login: {why}.",
        "Check user and password_file in workshop.toml.",
    ),
    "F533": Message(
        "Das Gateway von {lab} nimmt den Auftrag für Knoten {address} nicht an: {why}.",
        "Ist er dort importiert und im richtigen Reallabor? Sonst mit --port am Kabel prüfen.",
        "The gateway of {lab} does not take the order for node {address}: {why}.",
        "Is it imported there, and in the right lab? Else test by cable with --port.",
    ),
    "F534": Message(
        "Knoten {address} hat sich in {minutes} Minuten nicht beim Gateway gemeldet.",
        "Antenne prüfen, höher hängen, den Knoten neu starten, dann noch einmal.",
        "The gateway has not heard node {address} within {minutes} minutes.",
        "Check the antenna, hang it higher, restart the node, then try again.",
    ),
    "F535": Message(
        "Das Gateway von {lab} antwortet in {seconds} s nicht.",
        "Läuft es? Sonst mit --port am Kabel prüfen, oder mit der Taste am Knoten.",
        "The gateway of {lab} does not answer within {seconds} s.",
        "Does it run? Else test by cable with --port, or with the button of the node.",
    ),
    "F536": Message(
        "Knoten {address} hat die Prüfung nicht beendet: {why}.",
        "Noch einmal; bleibt es so, am Kabel prüfen.",
        "Node {address} has not finished the test: {why}.",
        "Try again; if it stays, test by cable.",
    ),
    "F540": Message(
        "{file} ist kein Eintrag einer Montage: {why}.",
        "Eine Datei aus dem Ordner mounts der Werkstatt nehmen.",
        "{file} is no record of a mount: {why}.",
        "Take a file of the folder mounts of the workshop.",
    ),
}
MESSAGES = {**_ANSWERS, **_CABLE, **_GATEWAY}
