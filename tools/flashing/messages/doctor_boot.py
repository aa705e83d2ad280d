"""What doctor finds in a board before a program runs on it: boot pin, flash, image, supply.

Place: doctor's checks -> doctor -> `messages.text`.
"""

from tools.flashing.messages.message import Message

MESSAGES = {
    "F719": Message(
        "Der Chip antwortet, sagt aber beim Start nichts.",
        "Leitungen an GPIO15 abziehen (auf Masse schweigt das ROM); sonst neu einrichten.",
        "The chip answers, but says nothing when it starts.",
        "Take off what is on GPIO15 (at ground the ROM is silent); else set the board up anew.",
    ),
    "F720": Message(
        "Die Platine hat {seconds} s lang nichts gesagt; ein laufender Knoten darf das.",
        "Mit --reset aufrufen: Dann wird sie neu gestartet und dabei beobachtet.",
        "The board said nothing for {seconds} s; a node that runs may do so.",
        "Call it with --reset: then it is started again, and watched.",
    ),
    "F721": Message(
        "Die Platine schweigt, auch nach einem Neustart.",
        "Prüfen, ob ihre Lampe leuchtet und ob die Taste EN klemmt; anderes Kabel, andere Platine.",
        "The board is silent, also after a reset.",
        "Check that its light is on and that the EN button is not stuck; another cable, another"
        " board.",
    ),
    "F722": Message(
        "Der Chip wartet auf ein Programm: Beim Start war {pin} auf Masse (Taste BOOT).",
        "BOOT loslassen, alles von {pin} abziehen, die Taste EN drücken.",
        "The chip waits for a program: {pin} was at ground when it started (BOOT button).",
        "Let go of BOOT, take everything off {pin}, press EN.",
    ),
    "F723": Message(
        "Der Flash ist leer: Auf der Platine ist kein Programm.",
        "Mit „node“ einrichten.",
        "The flash is empty: there is no program on this board.",
        "Set it up with “node”.",
    ),
    "F724": Message(
        "Der Chip kann kein Programm aus dem Flash lesen: Er ist leer, oder er antwortet nicht.",
        "Mit „node“ einrichten; bleibt es so, die Leitungen abziehen und die Platine tauschen.",
        "The chip cannot read a program from flash: it is empty, or does not answer.",
        "Set it up with “node”; if it stays, take off all wires and change the board.",
    ),
    "F725": Message(
        "Beim Start lag an GPIO12 Spannung: Der Flash bekommt dann nur 1,8 V und fällt aus.",
        "Alles von GPIO12 abziehen und neu starten.",
        "GPIO12 was high at the start: the flash gets 1.8 V only, and fails.",
        "Take everything off GPIO12 and start it again.",
    ),
    "F726": Message(
        "Wo das Programm beginnen soll, steht etwas anderes ({header}): falsches Image, oder an"
        " der falschen Stelle.",
        "Mit „node“ neu einrichten.",
        "Where the program should begin there is something else ({header}): a wrong image, or at a"
        " wrong place.",
        "Set it up anew with “node”.",
    ),
    "F727": Message(
        "Das Programm im Flash ist beschädigt oder nur halb geschrieben.",
        "Mit „node“ neu einrichten; kommt es wieder, Netzteil und Kabel tauschen, dann die"
        " Platine.",
        "The program in flash is damaged, or only half of it was written.",
        "Set it up anew with “node”; if it comes back, change supply and cable, then the board.",
    ),
    "F728": Message(
        "Das Programm ist für {image}, der Chip ist ein {chip}.",
        "Mit „node“ und dem richtigen --board neu einrichten.",
        "The program is for {image}, the chip is an {chip}.",
        "Set it up anew with “node” and the right --board.",
    ),
    "F729": Message(
        "Das Programm läuft auf dieser Revision des Chips nicht: {why}.",
        "Eine andere Platine nehmen, oder ein Bündel mit einem älteren MicroPython.",
        "The program does not run on this revision of the chip: {why}.",
        "Take another board, or a bundle with an older MicroPython.",
    ),
    "F730": Message(
        "Die Versorgung bricht ein: Der Chip hat Unterspannung gemeldet.",
        "Kurzes Kabel, Buchse direkt am Rechner oder anderes Netzteil; Sensoren abziehen; Akku"
        " laden.",
        "The supply dips: the chip reported a brown-out.",
        "A short cable, a socket of the computer itself or another supply; take off sensors; charge"
        " the battery.",
    ),
    "F731": Message(
        "Im Flash ist kein Programm, das starten kann: Die Partitionstabelle oder das Programm"
        " fehlt.",
        "Mit „node“ neu einrichten.",
        "There is no program in flash that can start: the partition table or the program is"
        " missing.",
        "Set it up anew with “node”.",
    ),
    "F732": Message(
        "Der Flash hat {has} KB, das Programm erwartet {wants} KB.",
        "Eine Platine mit mehr Flash nehmen.",
        "The flash has {has} KB, the program expects {wants} KB.",
        "Take a board with more flash.",
    ),
    "F733": Message(
        "MicroPython selbst ist abgestürzt: {what}.",
        "Mit „node“ neu einrichten; kommt es wieder, Netzteil tauschen, dann die Platine.",
        "MicroPython itself has crashed: {what}.",
        "Set it up anew with “node”; if it comes back, change the supply, then the board.",
    ),
    "F734": Message(
        "Die Platine startet immer wieder neu ({count} Mal durch den Watchdog) und sagt nicht,"
        " warum.",
        "Alles außer USB abziehen; bleibt es so, mit „node“ neu einrichten.",
        "The board starts again and again ({count} times by its watchdog) and does not say why.",
        "Take off everything but USB; if it stays, set it up anew with “node”.",
    ),
    "F735": Message(
        "Der Chip startet in der Betriebsart {mode}: Etwas liegt an einem Pin, den er beim Start"
        " liest.",
        "Sensoren von GPIO0, 2, 12 und 15 abziehen (ESP32-S3: 0, 3, 45, 46) und neu starten.",
        "The chip starts in the mode {mode}: something is on a pin that it reads at its start.",
        "Take sensors off GPIO0, 2, 12 and 15 (ESP32-S3: 0, 3, 45, 46) and start it again.",
    ),
    "F736": Message(
        "Die Platine sendet, aber nichts Lesbares: andere Geschwindigkeit, oder ein fremdes"
        " Programm.",
        "Prüfen, ob es die richtige Platine ist; dann mit „node“ einrichten.",
        "The board sends, but nothing that can be read: another speed, or somebody else's program.",
        "Check that it is the right board; then set it up with “node”.",
    ),
    "F737": Message(
        "Die Platine spricht mit 74880 Baud: ein ESP8266, oder ein ESP32 mit einem Quarz für 26"
        " MHz.",
        "Eine Platine aus docs/boards nehmen.",
        "The board talks at 74880 baud: an ESP8266, or an ESP32 with a crystal for 26 MHz.",
        "Take a board of docs/boards.",
    ),
    "F739": Message(
        "MicroPython läuft, aber sein Dateisystem ist beschädigt.",
        "Was dort war, ist verloren: mit „node --erase“ neu einrichten.",
        "MicroPython runs, but its filesystem is damaged.",
        "What was on it is lost: set it up anew with “node --erase”.",
    ),
}
