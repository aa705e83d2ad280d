"""What each command does, in a line for the overview and its own help.

Place: here -> cli.overview, cli.parser.
"""

TEXTS = {
    "title": (
        "von der nackten Platine zum Knoten am Mast",
        "from a bare board to a node on the mast",
    ),
    "group boards": ("Platinen", "Boards"),
    "group workshop": ("Werkstatt", "Workshop"),
    "group mast": ("Am Mast", "On the mast"),
    "group help": ("Hilfe", "Help"),
    "command node": (
        "eine Platine als Knoten einrichten oder aktualisieren; ohne Befehl ist das gemeint",
        "set up a board as a node, or update it; what is meant without a command",
    ),
    "command modem": (
        "eine Platine als Funkmodem für das Gateway einrichten",
        "set up a board as the gateway's LoRa modem",
    ),
    "command batch": (
        "viele Platinen, eine nach der anderen und mehrere zugleich",
        "many boards, one after the other and several at once",
    ),
    "command rekey": ("einem Knoten einen neuen Schlüssel geben", "give a node a new key"),
    "command retire": (
        "eine Platine löschen, das Löschen nachweisen und sie austragen",
        "wipe a board, prove it, and take the node out of service",
    ),
    "command swap": (
        "eine neue Platine übernimmt einen Messpunkt",
        "a new board takes over a measuring point",
    ),
    "command ports": (
        "zeigen, welche Platinen stecken",
        "show which boards are plugged in",
    ),
    "command init": (
        "den Ordner der Werkstatt mit Schlüsseln und Einstellungen anlegen",
        "make the workshop's folder with keys and settings",
    ),
    "command lab add": ("ein Reallabor eintragen", "add a lab"),
    "command lab list": ("die Reallabore zeigen", "show the labs"),
    "command inventory": (
        "den Bestand zeigen; mit „import“ einen anderen einlesen",
        "show the inventory; with “import” take over another one",
    ),
    "command inventory import": (
        "den Bestand einer anderen Werkstatt einlesen",
        "take over the inventory of another workshop",
    ),
    "command inventory seal": (
        "Schlüssel auch für Gateways versiegeln, die später kamen",
        "seal keys to gateways that came later, too",
    ),
    "command bundle make": ("ein Bündel packen und unterschreiben", "make and sign a bundle"),
    "command bundle show": ("zeigen, was ein Bündel enthält", "show what is in a bundle"),
    "command bundle verify": (
        "Unterschrift und Prüfsummen eines Bündels prüfen",
        "check a bundle's signature and hashes",
    ),
    "command bundle key": (
        "einen Schlüssel zum Unterschreiben anlegen",
        "make a key that signs bundles",
    ),
    "command label": ("das Etikett eines Knotens machen", "make the label of a node"),
    "command sign": (
        "das Schild für die Öffentlichkeit machen",
        "make the sign for the public",
    ),
    "command mount": (
        "am Mast die Verbindung prüfen und den Ort festhalten",
        "check the link on the mast and note the place",
    ),
    "command doctor": (
        "nachsehen, warum eine Platine nicht antwortet",
        "find out why a board does not answer",
    ),
    "usage": ("Aufruf: ", "usage: "),
    "command word": ("BEFEHL", "COMMAND"),
    "switches word": ("SCHALTER", "OPTIONS"),
    "everywhere": ("Überall möglich", "With every command"),
    "given": ("Angaben", "Arguments"),
    "switches": ("Schalter", "Options"),
    "more help": (
        "{program} BEFEHL --help zeigt, was ein Befehl kennt.",
        "{program} COMMAND --help shows what a command knows.",
    ),
}
