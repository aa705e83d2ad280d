"""What goes wrong on the command line and at the batch bench.

Place: cli, batch, dialogue -> here -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F801": Message(
        "Den Befehl „{command}“ gibt es nicht.",
        "Möglich: {possible}.",
        "There is no command “{command}”.",
        "Possible: {possible}.",
    ),
    "F802": Message(
        "Der Befehl „{command}“ kennt {words} nicht.",
        "Mit „{command} --help“ nachsehen, was möglich ist.",
        "The command “{command}” does not know {words}.",
        "See “{command} --help” for what is possible.",
    ),
    "F803": Message(
        "Hinter {option} fehlt der Wert.",
        "Den Wert dahinter schreiben; „{command} --help“ sagt, welcher gemeint ist.",
        "There is no value after {option}.",
        "Write it there; “{command} --help” says which one is meant.",
    ),
    "F804": Message(
        "Beim Befehl „{command}“ fehlt {what}.",
        "Mit „{command} --help“ nachsehen, was er braucht.",
        "The command “{command}” lacks {what}.",
        "See “{command} --help” for what it needs.",
    ),
    "F805": Message(
        "{option} kann nicht „{value}“ sein.",
        "Möglich: {possible}.",
        "{option} cannot be “{value}”.",
        "Possible: {possible}.",
    ),
    "F806": Message(
        "{first} und {second} passen nicht zusammen.",
        "Nur eines von beiden angeben.",
        "{first} and {second} do not go together.",
        "Give only one of them.",
    ),
    "F807": Message(
        "Keine Platine gefunden.",
        "Mit einem Datenkabel anstecken; hilft das nicht, „doctor“ aufrufen.",
        "No board found.",
        "Plug one in with a data cable; if that does not help, call “doctor”.",
    ),
    "F808": Message(
        "Es stecken {count} Platinen: {ports}.",
        "Mit --port eine davon wählen, oder mit --all alle.",
        "There are {count} boards: {ports}.",
        "Choose one with --port, or all with --all.",
    ),
    "F809": Message(
        "Abgebrochen; was nicht fertig wurde, läuft nicht als Knoten.",
        "Denselben Befehl noch einmal aufrufen: Er macht dort weiter.",
        "Stopped; what was not finished does not run as a node.",
        "Call the same command again: it goes on from there.",
    ),
    "F810": Message(
        "Unerwarteter Fehler {kind}; Näheres steht in {file}.",
        "Noch einmal versuchen; bleibt es so, diese Datei weitergeben.",
        "Unexpected error {kind}; the details are in {file}.",
        "Try again; if it stays, pass that file on.",
    ),
    "F811": Message(
        "Auf die Frage „{question}“ kam keine Antwort.",
        "Noch einmal aufrufen und antworten, oder {option} angeben.",
        "There was no answer to “{question}”.",
        "Call it again and answer, or give {option}.",
    ),
    "F812": Message(
        "{option} ist nicht angegeben, und ohne Terminal wird nicht gefragt.",
        "Angeben; möglich: {possible}.",
        "{option} is not given, and nobody is asked without a terminal.",
        "Give it; possible: {possible}.",
    ),
    "F813": Message(
        "Die Platine {mac} war in diesem Lauf schon dran.",
        "Abziehen und die nächste anstecken.",
        "Board {mac} was done in this run already.",
        "Unplug it and plug in the next one.",
    ),
    "F814": Message(
        "Die Platine {mac} steckt schon an {where}: Es gibt ihre MAC zweimal.",
        "Diese Platine aussortieren.",
        "Board {mac} is at {where} already: its MAC exists twice.",
        "Sort this board out.",
    ),
    "F815": Message(
        "Auf dem Datenträger ist kein Platz mehr für {file}.",
        "Platz schaffen und noch einmal.",
        "There is no room left on the disk for {file}.",
        "Make room and try again.",
    ),
    "F816": Message(
        "Der Zugriff auf {file} ist nicht erlaubt.",
        "Die Rechte prüfen, oder mit --workshop einen eigenen Ordner nehmen.",
        "{file} may not be accessed.",
        "Check its permissions, or take a folder of your own with --workshop.",
    ),
    "F817": Message(
        "Die Datei {file} gibt es nicht.",
        "Den Namen prüfen.",
        "There is no file {file}.",
        "Check its name.",
    ),
    "F818": Message(
        "Das Programmpaket {module} ist nicht installiert.",
        "Mit „pip install 'neckar[flash]'“ nachholen.",
        "The package {module} is not installed.",
        "Install it with “pip install 'neckar[flash]'”.",
    ),
    "F819": Message(
        "Keine Angabe zu {option}: Weder Bündel noch Werkstatt nennen etwas, das passt.",
        "Mit „bundle show“ und „lab list“ nachsehen.",
        "Nothing for {option}: neither bundle nor workshop name anything that fits.",
        "See “bundle show” and “lab list”.",
    ),
    "F820": Message(
        "Am Messpunkt {point} hängt nach diesem Bestand kein Knoten.",
        "Mit „inventory“ nachsehen, oder die Adresse mit --replaces angeben.",
        "This inventory knows of no node at the measuring point {point}.",
        "See “inventory”, or give its address with --replaces.",
    ),
    "F821": Message(
        "Die Adresse passt nicht zur Platine {mac}; nichts wurde gelöscht.",
        "Noch einmal aufrufen und die Adresse eingeben, die in der Frage steht.",
        "The address is not that of board {mac}; nothing was wiped.",
        "Call it again and type the address that is in the question.",
    ),
    "F822": Message(
        "In der Datei {file} für {option} steht kein öffentlicher Schlüssel mit seiner Kennung.",
        "Die ganze Ausgabe von „neckar-gateway keys show“ in die Datei schreiben.",
        "The file {file} for {option} holds no public key with its id.",
        "Write all that “neckar-gateway keys show” prints into it.",
    ),
    "F823": Message(
        "Knoten {address} ist in dieser Werkstatt unbekannt.",
        "Mit „inventory“ nachsehen.",
        "Node {address} is not known in this workshop.",
        "See “inventory”.",
    ),
    "F824": Message(
        "Abgebrochen; nichts wurde halb geschrieben.",
        "Denselben Befehl noch einmal aufrufen.",
        "Stopped; nothing was half written.",
        "Call the same command again.",
    ),
    "F825": Message(
        "{option} kann nicht „{value}“ sein.",
        "Richtig ist zum Beispiel: {example}",
        "{option} cannot be “{value}”.",
        "Right would be, for example: {example}",
    ),
}
