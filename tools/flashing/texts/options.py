"""What the options and arguments of the commands mean, and the names of their values.

Place: here -> cli.parser.
"""

TEXTS = {
    "option help": ("diese Hilfe zeigen", "show this help"),
    "option lang": ("Sprache", "language"),
    "option workshop": (
        "Ordner der Werkstatt (sonst $NECKAR_WORKSHOP, sonst ~/.local/share/neckar/workshop)",
        "folder of the workshop (else $NECKAR_WORKSHOP, else ~/.local/share/neckar/workshop)",
    ),
    "option bundle": (
        "das Bündel, aus dem geschrieben wird (sonst das der Werkstatt)",
        "the bundle to write from (else the workshop's)",
    ),
    "option json": (
        "für Programme: eine Zeile JSON je Eintrag",
        "for programs: a line of JSON each",
    ),
    "option port": ("an diesem Anschluss", "at this port"),
    "option port batch": (
        "nur dieser Anschluss; mehrmals möglich",
        "only this port; may be repeated",
    ),
    "option all": ("alle Platinen, die stecken, zugleich", "all boards that are plugged in"),
    "option lab": ("Name des Reallabors", "name of the lab"),
    "option board": ("Art der Platine, etwa heltec-v3", "kind of board, as heltec-v3"),
    "option profile": ("was der Knoten misst, etwa air", "what the node measures, as air"),
    "option point": ("Messpunkt, an dem er hängen wird", "measuring point where it will hang"),
    "option address": (
        "Adresse des Knotens (sonst die nächste freie)",
        "address of the node (else the next one that is free)",
    ),
    "option set": (
        "eine Einstellung, etwa interval_s=60; mehrmals möglich",
        "a setting, as interval_s=60; may be repeated",
    ),
    "option link": ("über Kabel oder über Funk", "by cable or by radio"),
    "option battery": ("läuft mit Akku dieser Kapazität", "runs on a battery of this capacity"),
    "option only": (
        "nur diese Schritte: {steps}",
        "only these steps: {steps}",
    ),
    "option erase": (
        "alles löschen und neu einrichten, auch eine fertige Platine",
        "erase all and set up anew, even a finished board",
    ),
    "option dry-run": ("nur sagen, was zu tun wäre", "only say what would be done"),
    "option count": ("nach so vielen fertigen Platinen enden", "end after so many finished boards"),
    "option replaces": (
        "Adresse des Knotens, der bisher dort hing",
        "address of the node that hung there so far",
    ),
    "option by": ("wer es macht", "who does it"),
    "option operator": ("wer die Knoten betreibt", "who runs the nodes"),
    "option contact": (
        "Adresse für Fragen, steht auf dem Schild",
        "address for questions, printed on the sign",
    ),
    "option gateway": (
        "Datei mit der Ausgabe von „neckar-gateway keys show“; mehrmals möglich",
        "file with what “neckar-gateway keys show” prints; may be repeated",
    ),
    "option escrow": (
        "Datei mit dem öffentlichen Schlüssel der Stadt, bei dem jeder Knotenschlüssel hinterlegt"
        " wird",
        "file with the city's public key, to which each node's key is sealed as well",
    ),
    "option escrow key": (
        "geheimer Schlüssel der Stadt, bei dem die Knotenschlüssel hinterlegt sind",
        "the city's secret key, to which the nodes' keys are sealed",
    ),
    "option addresses": (
        "welche Adressen diese Werkstatt vergibt (sonst 1-999)",
        "which addresses this workshop gives (else 1-999)",
    ),
    "option trust": (
        "öffentlicher Schlüssel, dessen Bündel gelten; mehrmals möglich",
        "public key whose bundles are taken; may be repeated",
    ),
    "option yes": ("nicht fragen", "do not ask"),
    "option export": (
        "Datensätze in eine Datei, für „neckar-gateway nodes import“",
        "records into a file, for “neckar-gateway nodes import”",
    ),
    "option bundle out": ("das Bündel, das entsteht", "the bundle that is made"),
    "option bundle file": (
        "das Bündel (sonst das der Werkstatt)",
        "the bundle (else the workshop's)",
    ),
    "option key out": ("die Datei für den geheimen Schlüssel", "the file for the secret key"),
    "option image": (
        "MicroPython für einen Chip; mehrmals möglich",
        "MicroPython for a chip; may be repeated",
    ),
    "option download": (
        "ebenso, von micropython.org; mit SHA-256",
        "alike, from micropython.org; with its SHA-256",
    ),
    "option key": ("geheimer Schlüssel, der unterschreibt", "secret key that signs"),
    "option frozen": (
        "Chip, dessen MicroPython die Firmware schon enthält",
        "chip whose MicroPython has the firmware inside",
    ),
    "option checkout": ("Ordner mit dem Quelltext", "folder with the sources"),
    "option size": (
        "Größe, etwa brother-62x29 oder 62x29@300 (sonst die der Werkstatt)",
        "size, as brother-62x29 or 62x29@300 (else the workshop's)",
    ),
    "option sheet": (
        "auf einen Bogen mit 3 x 8 Etiketten, ab diesem Platz",
        "onto a sheet of 3 x 8 labels, from this place on",
    ),
    "option data-protection": (
        "wer für Datenschutz zuständig ist, mit Adresse",
        "the data protection officer, with an address",
    ),
    "option office": ("welche Stelle Fragen beantwortet", "which office answers questions"),
    "option phone": ("deren Telefon", "its telephone"),
    "option mail": ("deren Mail (sonst „contact“ der Werkstatt)", "its mail (else the workshop's)"),
    "option url": (
        "Seite mit den Messwerten (sonst die des Reallabors)",
        "page with the readings (else the lab's)",
    ),
    "option sign purpose": (
        "wozu gemessen wird (sonst wie beim Reallabor)",
        "what is measured for (else as the lab says)",
    ),
    "option purpose-en": ("ebenso, auf Englisch", "the same in English"),
    "option until": ("letzter Tag, etwa 2027-12-31", "last day, as 2027-12-31"),
    "option languages": ("Sprachen des Schilds", "languages of the sign"),
    "option code": (
        "was auf dem Etikett steht, neckar:17 oder 17",
        "what the label says, neckar:17 or 17",
    ),
    "option port mount": (
        "der Knoten hängt hier am Kabel und prüft selbst",
        "the node is at this port by cable, and tests by itself",
    ),
    "option way": (
        "Prüfung über das Kabel, über das Gateway oder gar nicht",
        "test by cable, through the gateway, or not at all",
    ),
    "option position": ("Ort, wie ihn die Karte kopiert", "position, as a map copies it"),
    "option height": ("Höhe über dem Boden in Metern", "height above the ground in metres"),
    "option direction": (
        "Blickrichtung, Grad oder N, NO, O …",
        "where the sensor looks, degrees or N, NE, E …",
    ),
    "option pole": ("Nummer des Masts", "number of the pole"),
    "option remarks": ("Bemerkungen", "remarks"),
    "option photo": ("Foto vom Mast", "photo of the mast"),
    "option frames": ("so viele Sendungen prüfen", "test so many frames"),
    "option anyway": (
        "auch eintragen, wenn die Verbindung schlecht ist",
        "record it even where the link is bad",
    ),
    "option reset": (
        "die Platine darf angehalten und neu gestartet werden",
        "the board may be stopped and started again",
    ),
    "option support": (
        "alles Gefundene ohne Geheimnisse in diese Datei",
        "all that was found, without secrets, into this file",
    ),
    "option purpose": ("wozu das Reallabor misst", "what the lab measures for"),
    "option public-url": ("Seite mit den Messwerten", "page with the readings"),
    "option name": ("Name, klein geschrieben", "name, in lower case"),
    "option file": ("Datei", "file"),
    "option node": ("Adresse des Knotens", "address of the node"),
    "option out": ("Ordner oder Datei für das Ergebnis", "folder or file for what is made"),
    "VALUE ADDRESS": ("ADRESSE", "ADDRESS"),
    "VALUE CODE": ("ETIKETT", "LABEL"),
    "VALUE DATE": ("TAG", "DAY"),
    "VALUE IMAGE": ("IMAGE[=SHA256]", "IMAGE[=SHA256]"),
    "VALUE RANGE": ("VON-BIS", "FROM-TO"),
    "VALUE SIZE": ("GRÖSSE", "SIZE"),
    "VALUE FILE": ("DATEI", "FILE"),
    "VALUE FOLDER": ("ORDNER", "FOLDER"),
    "VALUE KEY": ("SCHLÜSSEL", "KEY"),
    "VALUE MAH": ("mAh", "mAh"),
    "VALUE NAME": ("NAME", "NAME"),
    "VALUE NUMBER": ("ZAHL", "NUMBER"),
    "VALUE PORT": ("ANSCHLUSS", "PORT"),
    "VALUE SETTING": ("FELD=WERT", "FIELD=VALUE"),
    "VALUE STEPS": ("SCHRITT[,SCHRITT]", "STEP[,STEP]"),
    "VALUE TEXT": ("TEXT", "TEXT"),
    "VALUE URL": ("URL", "URL"),
}
