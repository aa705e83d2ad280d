"""What doctor finds between the computer and the board; what it finds beyond is in `doctor_board`.

Place: doctor's checks -> here -> `messages.text`.
"""

from tools.flashing.messages import doctor_board, doctor_boot
from tools.flashing.messages.message import Message

_HOST = {
    "F701": Message(
        "Am USB ist keine Platine zu sehen.",
        "Kabel mit Datenleitungen verwenden, direkt am Rechner anstecken, doctor noch einmal"
        " aufrufen und beim Anstecken zusehen lassen.",
        "There is no board on USB.",
        "Use a cable with data wires, plug it into the computer itself, then call doctor again and"
        " let it watch.",
    ),
    "F702": Message(
        "Beim Anstecken ist kein USB-Gerät erschienen: Das Kabel lädt nur, oder die Buchse ist"
        " tot.",
        "Anderes Kabel mit Datenleitungen nehmen, dann andere Buchse, dann andere Platine.",
        "No USB device appeared when it was plugged in: the cable only charges, or the socket is"
        " dead.",
        "Take another cable with data wires, then another socket, then another board.",
    ),
    "F703": Message(
        "Eine Platine mit {chip} steckt am USB, hat aber keinen Anschluss: Der Treiber {module}"
        " fehlt.",
        "Eingeben: sudo modprobe {module} – gibt es ihn nicht, das Paket linux-modules-extra"
        " installieren; dann neu anstecken.",
        "A board with a {chip} is on USB, but has no port: the driver {module} is missing.",
        "Type: sudo modprobe {module} – where there is none, install the package"
        " linux-modules-extra; then plug it in again.",
    ),
    "F704": Message(
        "Das Programm brltty hält die Platine mit {chip} für eine Braillezeile und nimmt ihr den"
        " Anschluss.",
        "Wo keine Braillezeile gebraucht wird: sudo apt remove brltty, dann neu anstecken.",
        "The program brltty takes the board with its {chip} for a braille display, and its port"
        " away.",
        "Where nobody needs a braille display: sudo apt remove brltty, then plug it in again.",
    ),
    "F705": Message(
        "Dies ist ein Linux in Windows (WSL): Es sieht die USB-Geräte des Rechners nicht.",
        "In der PowerShell als Administrator: usbipd list, usbipd bind --busid NUMMER, usbipd"
        " attach --wsl --busid NUMMER.",
        "This is a Linux within Windows (WSL): it does not see the USB devices of the computer.",
        "In PowerShell as administrator: usbipd list, usbipd bind --busid NUMBER, usbipd attach"
        " --wsl --busid NUMBER.",
    ),
    "F706": Message(
        "Der Benutzer {user} darf {port} nicht öffnen: Er ist nicht in der Gruppe {group}.",
        "Eingeben: sudo usermod -aG {group} {user} – dann abmelden und wieder anmelden.",
        "The user {user} may not open {port}: he is not in the group {group}.",
        "Type: sudo usermod -aG {group} {user} – then log out and in again.",
    ),
    "F707": Message(
        "Der Benutzer {user} ist in der Gruppe {group}, aber diese Anmeldung weiß es noch nicht.",
        "Abmelden und wieder anmelden.",
        "The user {user} is in the group {group}, but this session does not know it yet.",
        "Log out and in again.",
    ),
    "F708": Message(
        "{port} gehört {owner} allein, mit den Rechten {mode}: Keine Gruppe darf ihn öffnen.",
        "Die Regel in /etc/udev/rules.d suchen, die das setzt; bis dahin: sudo chmod 660 {port}.",
        "{port} belongs to {owner} alone, with permissions {mode}: no group may open it.",
        "Find the rule in /etc/udev/rules.d that does it; until then: sudo chmod 660 {port}.",
    ),
    "F709": Message(
        "{port} ist belegt: Das Programm {name} (Prozess {pid}) hat ihn offen.",
        "Das Programm beenden; geht es nicht anders: kill {pid}.",
        "{port} is in use: the program {name} (process {pid}) has it open.",
        "End that program; if there is no other way: kill {pid}.",
    ),
    "F710": Message(
        "ModemManager hat {port} offen und sucht dort ein Modem.",
        "Eine halbe Minute warten; kommt es wieder: sudo systemctl disable --now ModemManager.",
        "ModemManager has {port} open and looks for a modem there.",
        "Wait half a minute; if it comes back: sudo systemctl disable --now ModemManager.",
    ),
    "F711": Message(
        "Den Anschluss {port} gibt es nicht.",
        "Die Platine anstecken, oder einen von diesen angeben: {ports}.",
        "There is no port {port}.",
        "Plug the board in, or name one of these: {ports}.",
    ),
    "F712": Message(
        "Es stecken mehrere Platinen.",
        "Mit --port sagen, welche gemeint ist: {ports}.",
        "There are several boards.",
        "Say with --port which one is meant: {ports}.",
    ),
    "F714": Message(
        "Beim Anstecken erschien „{device}“ ({id}): Das ist keine Platine, die dieses Programm"
        " kennt.",
        "Prüfen, ob das richtige Gerät angesteckt wurde.",
        "“{device}” ({id}) appeared when it was plugged in: no board that this program knows.",
        "Check that the right device was plugged in.",
    ),
    "F715": Message(
        "Eine Platine mit {chip} steckt am USB, aber der Treiber {driver} gibt ihr keinen"
        " Anschluss.",
        "Neu anstecken; bleibt es so, mit „sudo dmesg“ nachsehen, was der Treiber sagt.",
        "A board with a {chip} is on USB, but the driver {driver} gives it no port.",
        "Plug it in again; if it stays, see with “sudo dmesg” what the driver says.",
    ),
    "F716": Message(
        "ModemManager läuft: Er spricht jeden neuen Anschluss an, auch {port}, und stört dabei.",
        "Nach dem Anstecken eine halbe Minute warten, oder: sudo systemctl disable --now"
        " ModemManager.",
        "ModemManager runs: it talks to every new port, {port} too, and disturbs.",
        "Wait half a minute after plugging in, or: sudo systemctl disable --now ModemManager.",
    ),
    "F717": Message(
        "{port} ist während des Zuhörens verschwunden.",
        "Stecker und Kabel prüfen; bei einer Platine mit eigenem USB startet sie vielleicht ständig"
        " neu: anderes Netzteil.",
        "{port} vanished while it was listened at.",
        "Check plug and cable; a board with USB of its own may start again and again: take another"
        " supply.",
    ),
}

MESSAGES = {**_HOST, **doctor_boot.MESSAGES, **doctor_board.MESSAGES}
