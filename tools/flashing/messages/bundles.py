"""What is wrong with a bundle, with what one is made of, or with a filesystem.

Place: bundle, filesystem -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F201": Message(
        "Das Bündel {path} ist nicht zu lesen: {why}.",
        "Pfad und Rechte prüfen, bei einem USB-Stick auch, ob er steckt.",
        "The bundle {path} cannot be read: {why}.",
        "Check path and permissions, and whether the USB stick is plugged in.",
    ),
    "F202": Message(
        "Die Datei {path} ist kein Bündel.",
        "Die Datei angeben, die „bundle make“ gemacht hat.",
        "The file {path} is no bundle.",
        "Name the file that “bundle make” has made.",
    ),
    "F203": Message(
        "Die Datei {path} ist größer als die {limit} MB, die ein Bündel haben darf.",
        "Die Datei angeben, die „bundle make“ gemacht hat.",
        "The file {path} is larger than the {limit} MB that a bundle may have.",
        "Name the file that “bundle make” has made.",
    ),
    "F204": Message(
        "Das Bündel {path} ist unvollständig oder beschädigt.",
        "Noch einmal kopieren und nicht neu packen; den Datenträger erst auswerfen, dann abziehen.",
        "The bundle {path} is incomplete or damaged.",
        "Copy it again, and do not pack it anew; eject the stick before it is pulled.",
    ),
    "F205": Message(
        "Das Bündel {path} ist nicht unterschrieben.",
        "Ein Bündel nehmen, das „bundle make“ mit einem Schlüssel gemacht hat.",
        "The bundle {path} is not signed.",
        "Take a bundle that “bundle make” has made with a key.",
    ),
    "F206": Message(
        "Das Bündel {path} ist mit einem Schlüssel unterschrieben, dem diese Werkstatt nicht traut:"
        " {key}.",
        "Herkunft klären. Stimmt sie, den Schlüssel in workshop.toml unter „trusted“ eintragen.",
        "The bundle {path} is signed with a key that this workshop does not trust: {key}.",
        "Find out where it comes from. If that is right, add the key to “trusted” in"
        " workshop.toml.",
    ),
    "F207": Message(
        "Das Bündel {path} wurde verändert, nachdem es mit {key} unterschrieben war.",
        "Nicht benutzen, neu von der Quelle holen und melden, wo es herkam.",
        "The bundle {path} was changed after it was signed with {key}.",
        "Do not use it; get it again from its source, and report where it came from.",
    ),
    "F208": Message(
        "Das Bündel {path} hat Format {format}, dieses Programm kennt Format {known}.",
        "Programm und Bündel aus derselben Ausgabe benutzen.",
        "The bundle {path} has format {format}, this program knows format {known}.",
        "Use program and bundle of the same release.",
    ),
    "F209": Message(
        "Das Bündel {path} braucht dieses Programm ab Version {needed}, hier läuft {version}.",
        "Das Programm erneuern.",
        "The bundle {path} needs version {needed} of this program or newer, this is {version}.",
        "Update the program.",
    ),
    "F210": Message(
        "Im Bündel {path} fehlt {name}, oder es gehört nicht hinein.",
        "Nicht benutzen, neu von der Quelle holen und melden, wo es herkam.",
        "In the bundle {path} {name} is missing, or does not belong there.",
        "Do not use it; get it again from its source, and report where it came from.",
    ),
    "F211": Message(
        "Im Bündel {path} ist {name} nicht das, was unterschrieben wurde.",
        "Nicht benutzen, neu von der Quelle holen und melden, wo es herkam.",
        "In the bundle {path} {name} is not what was signed.",
        "Do not use it; get it again from its source, and report where it came from.",
    ),
    "F212": Message(
        "Eine Platine {board} kennt das Bündel nicht.",
        "Eine von diesen angeben: {known}.",
        "The bundle knows no board {board}.",
        "Name one of these: {known}.",
    ),
    "F213": Message(
        "Ein Profil {profile} kennt das Bündel nicht.",
        "Eines von diesen angeben: {known}.",
        "The bundle knows no profile {profile}.",
        "Name one of these: {known}.",
    ),
    "F214": Message(
        "Der Platine {board} fehlt {wire}, das Profil {profile} braucht es.",
        "Eine andere Platine nehmen, oder eines dieser Profile: {known}.",
        "The board {board} has no {wire}, which the profile {profile} needs.",
        "Take another board, or one of these profiles: {known}.",
    ),
    "F215": Message(
        "Die Platine {board} kann so kein Modem sein: Ein Modem hat ein Funkmodul und kein Profil.",
        "Kein Profil angeben, und eine dieser Platinen nehmen: {known}.",
        "The board {board} cannot be a modem like this: a modem has a radio and no profile.",
        "Name no profile, and take one of these boards: {known}.",
    ),
    "F216": Message(
        "Eine Aufgabe {role} gibt es nicht.",
        "Eine von diesen angeben: {known}.",
        "There is no role {role}.",
        "Name one of these: {known}.",
    ),
    "F217": Message(
        "Das Bündel hat kein MicroPython für einen {chip}.",
        "Ein Bündel mit diesem Chip machen; dieses ist für {known}.",
        "The bundle has no MicroPython for an {chip}.",
        "Make a bundle with this chip; this one is for {known}.",
    ),
    "F218": Message(
        "Das MicroPython für {chip} braucht {needed_kb} KB Flash, die Platine hat {found_kb} KB.",
        "Eine Platine mit mehr Flash nehmen, oder ein Bündel mit MicroPython ab 1.26.",
        "The MicroPython for {chip} needs {needed_kb} KB of flash, the board has {found_kb} KB.",
        "Take a board with more flash, or a bundle with MicroPython 1.26 or newer.",
    ),
    "F220": Message(
        "{image} ist kein Image für einen ESP32.",
        "Von micropython.org die .bin-Datei für ESP32_GENERIC oder ESP32_GENERIC_S3 nehmen.",
        "{image} is no image for an ESP32.",
        "Take the .bin file for ESP32_GENERIC or ESP32_GENERIC_S3 from micropython.org.",
    ),
    "F221": Message(
        "{image} ist für einen Chip (Nummer {number}), den wir nicht unterstützen.",
        "Von micropython.org die .bin-Datei für ESP32_GENERIC oder ESP32_GENERIC_S3 nehmen.",
        "{image} is for a chip (number {number}) that we do not support.",
        "Take the .bin file for ESP32_GENERIC or ESP32_GENERIC_S3 from micropython.org.",
    ),
    "F222": Message(
        "{image} ist beschädigt: Eine Prüfsumme darin stimmt nicht.",
        "Die Datei noch einmal herunterladen.",
        "{image} is damaged: a checksum in it is wrong.",
        "Download the file again.",
    ),
    "F223": Message(
        "{image} hat keine brauchbare Partitionstabelle bei 0x8000.",
        "Das ganze Image nehmen, nicht das für Updates (.app-bin, .uf2).",
        "{image} has no usable partition table at 0x8000.",
        "Take the whole image, not the one for updates (.app-bin, .uf2).",
    ),
    "F224": Message(
        "In {image} steckt kein MicroPython.",
        "Von micropython.org die .bin-Datei für ESP32_GENERIC oder ESP32_GENERIC_S3 nehmen.",
        "There is no MicroPython in {image}.",
        "Take the .bin file for ESP32_GENERIC or ESP32_GENERIC_S3 from micropython.org.",
    ),
    "F225": Message(
        "{image} ist MicroPython {version}, unsere Dateien brauchen {least} oder neuer.",
        "Ein neueres Image nehmen.",
        "{image} is MicroPython {version}, our files need {least} or newer.",
        "Take a newer image.",
    ),
    "F226": Message(
        "{image} legt Dateien in FAT ab (TinyUF2); ein Stromausfall zerstört das.",
        "Die .bin-Datei mit LittleFS nehmen: ESP32_GENERIC oder ESP32_GENERIC_S3.",
        "{image} keeps files in FAT (TinyUF2), which a power cut destroys.",
        "Take the .bin file with LittleFS: ESP32_GENERIC or ESP32_GENERIC_S3.",
    ),
    "F230": Message(
        "Das Image {path} ist nicht zu lesen: {why}.",
        "Pfad und Rechte prüfen.",
        "The image {path} cannot be read: {why}.",
        "Check path and permissions.",
    ),
    "F231": Message(
        "{image} hat die SHA-256 {found}, erwartet war {wanted}.",
        "Datei und Summe noch einmal von der Quelle holen; stimmt es wieder nicht, nicht benutzen.",
        "{image} has the SHA-256 {found}, wanted was {wanted}.",
        "Get file and sum from the source again; if they still differ, do not use the file.",
    ),
    "F232": Message(
        "Für {image} ist keine SHA-256 angegeben; ohne sie wird nichts heruntergeladen.",
        "Die Summe von jemandem, der die Datei geprüft hat, dahinter angeben: --download"
        " {image}=SUMME.",
        "No SHA-256 is given for {image}; without one nothing is downloaded.",
        "Give the sum behind it, from somebody who has checked the file: --download {image}=SUM.",
    ),
    "F233": Message(
        "{address} ist nicht herunterzuladen: {why}.",
        "Namen und Netz prüfen, oder die Datei anderswo laden und mit --image angeben.",
        "{address} cannot be downloaded: {why}.",
        "Check name and network, or load the file elsewhere and give it with --image.",
    ),
    "F234": Message(
        "In {root} ist kein Commit zu finden: {why}.",
        "Das Bündel in einem Git-Checkout machen, damit jede Platine sagen kann, was auf ihr ist.",
        "No commit is found in {root}: {why}.",
        "Make the bundle in a checkout of git, so that each board can say what is on it.",
    ),
    "F235": Message(
        "Für {chip} sind zwei Images angegeben: {images}.",
        "Eines weglassen.",
        "Two images are given for {chip}: {images}.",
        "Leave one out.",
    ),
    "F236": Message(
        "Es fehlt ein Image für {chips}; angegeben sind: {known}.",
        "Mit --image eine .bin-Datei von micropython.org angeben.",
        "There is no image for {chips}; given are: {known}.",
        "Give a .bin file of micropython.org with --image.",
    ),
    "F237": Message(
        "Die Firmware ist nicht zu übersetzen: {why}.",
        "Beheben, was da steht, dann noch einmal.",
        "The firmware cannot be compiled: {why}.",
        "Mend what it says, then try again.",
    ),
    "F238": Message(
        "Die Version der Firmware ist nicht zu lesen, in {path}: {why}.",
        "Den Ordner des Checkouts angeben.",
        "The version of the firmware cannot be read, in {path}: {why}.",
        "Name the folder of the checkout.",
    ),
    "F250": Message(
        "Die Dateien haben {needed} Bytes und passen nicht in die {size} Bytes auf der Platine.",
        "Eine Platine mit mehr Flash nehmen, oder ein MicroPython mit mehr Platz für Dateien.",
        "The files have {needed} bytes and do not fit into the {size} bytes on the board.",
        "Take a board with more flash, or a MicroPython with more room for files.",
    ),
    "F251": Message(
        "Auf der Platine ist kein lesbares Dateisystem: {why}.",
        "Mit --erase neu einrichten; vorher mit „doctor“ sichern, was noch zu lesen ist.",
        "There is no readable filesystem on the board: {why}.",
        "Set it up anew with --erase; save what can be read with “doctor” before.",
    ),
}
