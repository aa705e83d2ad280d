"""What goes wrong with labels and signs; what the disk refuses is in the area of records.

Place: tools.flashing.paper -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F601": Message(
        "Ein Etikett von {width} x {height} mm bei {dpi} dpi ist zu klein für einen lesbaren"
        " QR-Code.",
        "Ein Etikett von mindestens {least_width} x {least_height} mm verwenden.",
        "A label of {width} x {height} mm at {dpi} dpi is too small for a QR code that scans.",
        "Use a label of at least {least_width} x {least_height} mm.",
    ),
    "F602": Message(
        "Die Etikettengröße „{size}“ gibt es nicht.",
        "Eine von diesen angeben: {known}; oder Breite x Höhe in mm mit Auflösung, zum Beispiel"
        " 62x29@300.",
        "There is no label of the size “{size}”.",
        "Give one of these: {known}; or width x height in mm with the resolution, such as"
        " 62x29@300.",
    ),
    "F603": Message(
        "Für Sensoren der Art „{kind}“ fehlen die Worte auf dem Schild.",
        "Ein Profil mit diesen Arten verwenden: {known}; oder tools/flash aktualisieren.",
        "There are no words for sensors of the kind “{kind}” on a sign.",
        "Use a profile with these kinds: {known}; or update tools/flash.",
    ),
    "F604": Message(
        "Auf dem Schild fehlt die Angabe „{field}“.",
        "Beim Aufruf angeben oder in workshop.toml eintragen.",
        "The sign lacks “{field}”.",
        "Give it as an option, or write it into workshop.toml.",
    ),
    "F605": Message(
        "Der Text passt auch mit {points} Punkt großer Schrift nicht auf das Schild.",
        "Die Angabe „{field}“ kürzen.",
        "The text does not fit onto the sign, even with letters of {points} points.",
        "Shorten “{field}”.",
    ),
    "F606": Message(
        "„{url}“ ist keine Adresse einer Seite, die auf das Schild passt.",
        "Eine Adresse angeben, die mit https:// beginnt und höchstens {longest} Zeichen hat.",
        "“{url}” is not the address of a page that fits onto the sign.",
        "Give an address that begins with https:// and has at most {longest} characters.",
    ),
}
