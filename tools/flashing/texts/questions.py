"""What is asked where a technician sits at a terminal.

Place: here -> dialogue, cli.wishes.
"""

TEXTS = {
    "which port": ("Welche Platine?", "Which board?"),
    "which lab": ("Für welches Reallabor?", "For which lab?"),
    "which board": ("Welche Art von Platine?", "Which kind of board?"),
    "which profile": ("Was soll der Knoten messen?", "What shall the node measure?"),
    "which point": (
        "Messpunkt, wenn er schon feststeht",
        "Measuring point, where it is known already",
    ),
    "number wanted": (
        "Bitte eine Zahl von 1 bis {most}.",
        "A number from 1 to {most}, please.",
    ),
    "name wanted": (
        "Bitte nur a bis z, Ziffern, „-“ und „_“, höchstens 64 Zeichen.",
        "Only a to z, digits, “-” and “_”, please, at most 64 characters.",
    ),
    "known": (
        "Bekannt: Knoten {address}, {board}, {profile}.",
        "Known: node {address}, {board}, {profile}.",
    ),
    "retire sure": (
        "Alles auf Platine {mac} (Knoten {address}) löschen? Zum Bestätigen die Adresse eingeben",
        "Wipe everything on board {mac} (node {address})? To confirm, type the address",
    ),
    "yes or no": ("j/N", "y/N"),
}
