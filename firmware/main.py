"""Runs the node; everything it does is in the package `node`."""

import sys

from node import console

console.lock()
has_failed = False
try:
    from node.start import main

    main()
except Exception as e:
    sys.print_exception(e)
    has_failed = True
finally:
    console.end(has_failed)
