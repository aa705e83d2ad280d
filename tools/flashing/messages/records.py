"""What goes wrong with a workshop: its settings, keys, records and addresses.

Place: workshop, keys, durable, records, inventory -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

_INVENTORY_DE = "Die falsche Fassung aus dem Ordner nehmen (docs/workshop.md)."
_INVENTORY_EN = "Take the wrong version out of the folder (docs/workshop.md)."

MESSAGES = {
    "F300": Message(
        "In {folder} ist keine Werkstatt.",
        "Eine anlegen mit „init“, oder mit --workshop sagen, wo sie ist.",
        "There is no workshop in {folder}.",
        "Make one with “init”, or say with --workshop where it is.",
    ),
    "F301": Message(
        "{file} ist nicht zu lesen: {why}.",
        "Diese Stelle berichtigen; Text gehört in Anführungszeichen.",
        "{file} cannot be read: {why}.",
        "Correct this place; texts stand in quotation marks.",
    ),
    "F302": Message(
        "Die Schlüsseldatei {path} ist schon da und wird nie überschrieben.",
        "Einen anderen Namen wählen, oder die Datei behalten.",
        "The key file {path} is there already and is never overwritten.",
        "Choose another name, or keep the file.",
    ),
    "F303": Message(
        "Die geheime Datei {path} ist nicht zu lesen: {why}.",
        "Den Namen prüfen; ist sie verloren, aus der Sicherung zurückholen (docs/workshop.md).",
        "The secret file {path} cannot be read: {why}.",
        "Check its name; if it is lost, bring it back from the backup (docs/workshop.md).",
    ),
    "F304": Message(
        "Die geheime Datei {path} ist für andere offen (Rechte {mode}).",
        "Schließen: chmod 600 {path}",
        "The secret file {path} is open to others (mode {mode}).",
        "Close it: chmod 600 {path}",
    ),
    "F305": Message(
        "Die geheime Datei {path} ist beschädigt.",
        "Aus der Sicherung zurückholen (docs/workshop.md).",
        "The secret file {path} is damaged.",
        "Bring it back from the backup (docs/workshop.md).",
    ),
    "F306": Message(
        "In {folder} ist schon eine Werkstatt.",
        "Diese benutzen, oder einen anderen Ordner wählen.",
        "There is a workshop in {folder} already.",
        "Use it, or choose another folder.",
    ),
    "F307": Message(
        "Das Reallabor {lab} steht schon in {file}.",
        "Dort ändern, was anders sein soll.",
        "The lab {lab} is in {file} already.",
        "Change there what is to be different.",
    ),
    "F310": Message(
        "In {file} passt {field} = {value} nicht.",
        "Richtig ist zum Beispiel: {example}",
        "In {file}, {field} = {value} does not fit.",
        "Right would be, for example: {example}",
    ),
    "F311": Message(
        "In {file} fehlt {field}.",
        "Eintragen, zum Beispiel: {example}",
        "In {file}, {field} is missing.",
        "Add it, for example: {example}",
    ),
    "F312": Message(
        "In {file} ist {field} unbekannt.",
        "Gemeint ist vielleicht: {known}",
        "In {file}, {field} is unknown.",
        "Maybe this is meant: {known}",
    ),
    "F313": Message(
        "In {file} sieht {field} nach einem Schlüssel im Klartext aus.",
        "Herausnehmen; ist es kein Schlüssel, anders schreiben, zum Beispiel mit Leerzeichen.",
        "In {file}, {field} looks like a key in clear.",
        "Take it out; if it is none, write it another way, for example with spaces.",
    ),
    "F317": Message(
        "Das Reallabor {lab} ist unbekannt; in {file} stehen: {known}.",
        "Richtig schreiben, oder mit „lab add“ eintragen.",
        "The lab {lab} is unknown; {file} has: {known}.",
        "Spell it right, or add it with “lab add”.",
    ),
    "F318": Message(
        "Das Reallabor {lab} hat keinen Gateway-Schlüssel, niemand könnte seine Knoten hören.",
        "In workshop.toml bei gateways eintragen, was „neckar-gateway keys show“ zeigt ({folder}).",
        "The lab {lab} has no gateway's key: nobody could hear its nodes.",
        "Put what “neckar-gateway keys show” prints into gateways of workshop.toml ({folder}).",
    ),
    "F320": Message(
        "Kein Platz mehr für {path}.",
        "Platz schaffen und noch einmal; es wurde nichts Halbes geschrieben.",
        "There is no room left for {path}.",
        "Make room and try again; nothing was half written.",
    ),
    "F321": Message(
        "{path} darf nicht geschrieben oder gelesen werden.",
        "Der Ordner muss dem angemeldeten Benutzer gehören: ls -l zeigt, wem er gehört.",
        "{path} may not be written or read.",
        "The folder has to belong to whoever is logged in: ls -l shows whose it is.",
    ),
    "F322": Message(
        "{path} liegt auf einem Datenträger, der nur gelesen werden kann.",
        "Schreibschutz aufheben, oder einen anderen Ordner nehmen.",
        "{path} is on a disk that can only be read.",
        "Remove the write protection, or take another folder.",
    ),
    "F323": Message(
        "{path} ist nicht zu lesen oder zu schreiben: {why}.",
        "Prüfen, ob der Pfad stimmt und ob der Datenträger in Ordnung ist.",
        "{path} cannot be read or written: {why}.",
        "Check that the path is right, and that the disk is well.",
    ),
    "F324": Message(
        "Ein anderes Programm hält {path} seit {seconds} Sekunden fest.",
        "Andere Läufe von tools/flash in dieser Werkstatt beenden.",
        "Another program has been holding {path} for {seconds} seconds.",
        "End other runs of tools/flash in this workshop.",
    ),
    "F330": Message(
        "Die Datei {file} ist kein lesbarer Datensatz: {why}.",
        "Aus der Sicherung zurückholen. Bis dahin gibt es keine neuen Adressen: Eine könnte darin"
        " stehen.",
        "The file {file} is no readable record: {why}.",
        "Bring it back from the backup. Until then no address is given: it may hold one.",
    ),
    "F331": Message(
        "{file} gehört nicht in diesen Ordner.",
        "Woanders hinlegen; Datensätze anderer Werkstätten mit „inventory import“ einlesen.",
        "{file} does not belong into this folder.",
        "Put it elsewhere; take over records of other workshops with “inventory import”.",
    ),
    "F332": Message(
        "{file} hat nach einem Merge zwei Fassungen: {one}; oder: {other}.",
        "Die richtige stehen lassen und die Zeilen <<<<<<<, =======, >>>>>>> löschen.",
        "{file} has two versions after a merge: {one}; or: {other}.",
        "Leave the right one, and delete the lines <<<<<<<, =======, >>>>>>>.",
    ),
    "F333": Message(
        "Der Datensatz {file} liegt unter falschem Namen.",
        "Umbenennen in {wanted}; ist dort schon derselbe Datensatz, diesen löschen.",
        "The record {file} has a wrong name.",
        "Rename it to {wanted}; if that is there and the same, delete this one.",
    ),
    "F334": Message(
        "Die Adresse {address} haben zwei Platinen: {one} ({one_file}) und {other} ({other_file}).",
        "Eine davon neu einrichten, mit eigener Adresse; ihren Datensatz vorher herausnehmen.",
        "Two boards have address {address}: {one} ({one_file}) and {other} ({other_file}).",
        "Take the record of one of them out, and set that board up anew with its own address.",
    ),
    "F335": Message(
        "Die Platine {hardware} hat zwei Adressen: {one} ({one_file}) und {other} ({other_file}).",
        _INVENTORY_DE,
        "Board {hardware} has two addresses: {one} ({one_file}) and {other} ({other_file}).",
        _INVENTORY_EN,
    ),
    "F336": Message(
        "Knoten {address} hat in Epoche {epoch} zwei Schlüssel: {one} ({one_file}) und {other}"
        " ({other_file}).",
        _INVENTORY_DE,
        "Node {address} has two keys in epoch {epoch}: {one} ({one_file}) and {other}"
        " ({other_file}).",
        _INVENTORY_EN,
    ),
    "F337": Message(
        "Zwei Knoten haben denselben Schlüssel: {one} ({one_file}) und {other} ({other_file}).",
        "Beiden Platinen mit „rekey“ neue Schlüssel geben.",
        "Two nodes have the same key: {one} ({one_file}) and {other} ({other_file}).",
        "Give both boards a new key with “rekey”.",
    ),
    "F338": Message(
        "Knoten {address}, Epoche {epoch}, hat zwei Datensätze: {one} ({one_file}); oder {other}"
        " ({other_file}).",
        _INVENTORY_DE,
        "Node {address}, epoch {epoch}, has two records: {one} ({one_file}); or {other}"
        " ({other_file}).",
        _INVENTORY_EN,
    ),
    "F339": Message(
        "Aus {file} wurde nichts übernommen: {why}.",
        "Die Datei nehmen, die „inventory --export“ in der anderen Werkstatt geschrieben hat.",
        "Nothing was taken over from {file}: {why}.",
        "Take the file that “inventory --export” has written in the other workshop.",
    ),
    "F340": Message(
        "Die Uhr dieses Rechners steht auf {now}.",
        "Uhr stellen; das Gateway nimmt keine Datensätze von vor 2024.",
        "The clock of this machine says {now}.",
        "Set the clock; the gateway takes no record from before 2024.",
    ),
    "F341": Message(
        "Die Uhr dieses Rechners steht auf {now}, aber {file} ist von {made}.",
        "Uhr stellen; war sie damals falsch, made in dieser Datei berichtigen.",
        "The clock of this machine says {now}, but {file} is of {made}.",
        "Set the clock; if it was wrong then, correct made in that file.",
    ),
    "F342": Message(
        "Der begonnene Schlüssel von Knoten {address}, Epoche {epoch}, gilt nicht mehr.",
        "Noch einmal; ein anderer Lauf hat die Platine inzwischen bearbeitet.",
        "The key of node {address}, epoch {epoch}, that was begun is no longer valid.",
        "Try again; another run has worked on this board meanwhile.",
    ),
    "F343": Message(
        "Die Platine {hardware} ist in dieser Werkstatt unbekannt.",
        "Den Bestand der Werkstatt, von der sie kommt, mit „inventory import“ einlesen.",
        "Board {hardware} is not known in this workshop.",
        "Take over the inventory of the workshop it comes from with “inventory import”.",
    ),
    "F344": Message(
        "Der Zufall dieses Rechners hat denselben Schlüssel zweimal geliefert, zuerst für {file}.",
        "Diesen Rechner nicht mehr benutzen: Seine Schlüssel sind unsicher.",
        "This machine has made the same random key twice, first for {file}.",
        "Do not use this machine any more: its keys are unsafe.",
    ),
    "F345": Message(
        "Am Messpunkt {point} hängt schon Knoten {address} ({one}).",
        "Soll die neue Platine ihn ersetzen, --replaces {address} angeben.",
        "Node {address} hangs at point {point} already ({one}).",
        "If the new board is to take its place, say --replaces {address}.",
    ),
    "F346": Message(
        "Die Platine nennt {hardware}, das ist keine MAC-Adresse.",
        "Eine andere Platine nehmen: Diese hat nie eine Nummer bekommen.",
        "The board says {hardware}, which is no MAC address.",
        "Take another board: this one never got a number.",
    ),
    "F347": Message(
        "Der Messpunkt {point} gehört zum Reallabor {there}, nicht zu {lab}.",
        "Das richtige Reallabor angeben, oder einen anderen Messpunkt.",
        "The point {point} is in lab {there}, not in {lab}.",
        "Say the right lab, or another point.",
    ),
    "F348": Message(
        "Knoten {address} kann sich nicht selbst ersetzen.",
        "Bei --replaces die Adresse der alten Platine angeben.",
        "Node {address} cannot take its own place.",
        "Say the address of the old board with --replaces.",
    ),
    "F349": Message(
        "Knoten {replaces} wird ersetzt, aber der Messpunkt fehlt.",
        "Mit --point sagen, wo er hängt.",
        "Node {replaces} is replaced, but the point is missing.",
        "Say with --point where it hangs.",
    ),
    "F350": Message(
        "Die Platine {hardware} ist Knoten {address}, nicht {wanted}.",
        "Keine Adresse angeben: Eine Platine behält ihre für immer.",
        "Board {hardware} is node {address}, not {wanted}.",
        "Say no address: a board keeps its own for ever.",
    ),
    "F351": Message(
        "Die Adresse {address} ist vergeben: {one}.",
        "Keine Adresse angeben, dann wird die nächste freie genommen.",
        "Address {address} is taken: {one}.",
        "Say no address, and the next free one is taken.",
    ),
    "F352": Message(
        "Die Adresse {address} liegt außerhalb von {addresses}.",
        "Eine aus diesem Bereich nehmen, oder addresses in workshop.toml ändern.",
        "Address {address} is outside of {addresses}.",
        "Take one of these, or change addresses in workshop.toml.",
    ),
    "F353": Message(
        "Alle Adressen von {addresses} sind vergeben.",
        "In workshop.toml bei addresses einen größeren Bereich eintragen, den niemand sonst hat.",
        "All addresses of {addresses} are taken.",
        "Put a wider range into addresses of workshop.toml, which nobody else has.",
    ),
    "F354": Message(
        "Dieser private Schlüssel öffnet {file} nicht; der Datensatz ist versiegelt für {known}.",
        "Den Schlüssel nehmen, der zu einer dieser Kennungen gehört.",
        "This private key does not open {file}, which is sealed for {known}.",
        "Take the key that one of these ids belongs to.",
    ),
}
