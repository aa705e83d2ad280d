"""What is asked and told at a mast.

Place: here -> mount.flow.
"""

TEXTS = {
    "mount code": (
        "Etikett scannen oder Nummer des Knotens eingeben",
        "Scan the label, or type the number of the node",
    ),
    "mount point": (
        "Name des Messpunkts{usual}",
        "Name of the measuring point{usual}",
    ),
    "mount tests": (
        "Der Knoten prüft seine Verbindung, das dauert bis zu fünf Minuten.",
        "The node tests its link; that takes up to five minutes.",
    ),
    "mount asks gateway": (
        "Das Gateway wird gefragt. Der Knoten holt den Auftrag, wenn er sendet: jetzt einschalten"
        " oder neu starten.",
        "Asking the gateway. The node fetches its order when it sends: switch it on now, or restart"
        " it.",
    ),
    "mount queued": (
        "Das Gateway hat den Auftrag und wartet auf den Knoten.",
        "The gateway has the order and waits for the node.",
    ),
    "mount sent": (
        "Der Knoten hat den Auftrag und prüft seine Verbindung.",
        "The node has the order and tests its link.",
    ),
    "mount green": (
        "GRÜN: {answered} von {frames} beantwortet, {loss} % Verlust.",
        "GREEN: {answered} of {frames} answered, {loss} % lost.",
    ),
    "mount yellow": (
        "GELB: {answered} von {frames} beantwortet, {loss} % Verlust.",
        "YELLOW: {answered} of {frames} answered, {loss} % lost.",
    ),
    "mount red": (
        "ROT: {answered} von {frames} beantwortet, {loss} % Verlust.",
        "RED: {answered} of {frames} answered, {loss} % lost.",
    ),
    "mount margins": (
        "Reserve: {up} dB zum Gateway, {down} dB zum Knoten, bei SF{sf}.",
        "Margin: {up} dB to the gateway, {down} dB to the node, at SF{sf}.",
    ),
    "mount hour": (
        "Bei SF{sf} und {bytes} Byte sind {count} Sendungen je Stunde erlaubt (1 %).",
        "At SF{sf} and {bytes} bytes, {count} frames an hour are allowed (1 %).",
    ),
    "mount good": (
        "Hier kann er bleiben.",
        "It may stay here.",
    ),
    "mount deaf": (
        "Niemand antwortet: Antenne aufgeschraubt? Läuft das Gateway? Dann höher oder auf die"
        " andere Seite des Masts.",
        "Nobody answers: is the antenna screwed on? Does the gateway run? Then higher, or to the"
        " other side of the mast.",
    ),
    "mount higher": (
        "Einen halben Meter höher oder zur anderen Seite des Masts, Antenne senkrecht,"
        " weg von Metall.",
        "Half a metre higher, or to the other side of the mast; antenna upright, away from metal.",
    ),
    "mount not here": (
        "Nicht hier: deutlich höher oder an einen anderen Mast.",
        "Not here: much higher, or at another mast.",
    ),
    "mount disturbed": (
        "Der Pegel reicht, trotzdem geht etwas verloren: Jemand stört. Noch einmal prüfen.",
        "The level is good, yet frames are lost: somebody interferes. Test again.",
    ),
    "mount weak sender": (
        "Der Knoten hört viel besser, als er gehört wird: Antenne und Stecker am Knoten prüfen.",
        "The node hears much better than it is heard: check its antenna and plug.",
    ),
    "mount weak receiver": (
        "Der Knoten wird viel besser gehört, als er hört: nach Störern neben ihm sehen (Netzteil,"
        " LED-Leuchte).",
        "The node is heard much better than it hears: look for interference beside it (power"
        " supply, LED lamp).",
    ),
    "mount cable": (
        "Am Kabel geht etwas verloren: Stecker und Kabel zum Gateway prüfen.",
        "Frames are lost on the cable: check plugs and cable to the gateway.",
    ),
    "mount again": (
        "Enter: noch einmal prüfen · j: so eintragen · q: abbrechen",
        "Enter: test again · y: record it as it is · q: give up",
    ),
    "mount position": (
        "Position, wie die Karte sie kopiert (49.1427, 9.2109); Enter lässt sie offen",
        "Position, as a map copies it (49.1427, 9.2109); Enter leaves it open",
    ),
    "mount height": (
        "Höhe über dem Boden in Metern",
        "Height above the ground in metres",
    ),
    "mount direction": (
        "Blickrichtung des Sensors, Grad oder N, NO, O …",
        "Where the sensor looks, degrees or N, NE, E …",
    ),
    "mount pole": (
        "Nummer des Masts",
        "Number of the pole",
    ),
    "mount photo hint": (
        "Foto: keine Menschen und keine Kennzeichen darauf. Es bleibt, wo es ist; eingetragen"
        " werden Name und Prüfsumme.",
        "Photo: no people and no number plates on it. It stays where it is; its name and hash are"
        " recorded.",
    ),
    "mount photo": (
        "Datei des Fotos",
        "File of the photo",
    ),
    "mount remarks": (
        "Bemerkung",
        "Remarks",
    ),
    "mount done": (
        "Eingetragen: {path}",
        "Recorded: {path}",
    ),
}
