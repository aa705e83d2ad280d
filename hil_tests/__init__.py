"""The firmware in the real interpreter, seen from outside: console, cable, flash, power."""
