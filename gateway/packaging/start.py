"""Starts the gateway from the folder where the Debian package puts it, whose `__main__.py` it is.

Guarantee: what is in that folder comes from there, for it is first in the path. Python is run with
-S, without Debian's own modules; they follow behind, for python3-spidev, which no wheel has.
"""

import sys

if __name__ == "__main__":
    sys.path.append("/usr/lib/python3/dist-packages")
    from gateway.__main__ import main

    sys.exit(main())
