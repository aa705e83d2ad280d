"""`python -m tools.rig.world SOCKET`: the world of some boards' radios, until it is killed.

Started by `tools.rig.world.client`, which says what the options mean.
"""

import argparse
from pathlib import Path

from tools.rig.air.ether import Ether
from tools.rig.air.timeline import Timeline
from tools.rig.world.hearing import Hearing
from tools.rig.world.pace import HOLD_S, RealPace, WarpPace
from tools.rig.world.server import World
from tools.rig.world.wall_clock import WallClock


def main() -> None:
    """Build a world and let it run."""
    parser = argparse.ArgumentParser("tools.rig.world")
    parser.add_argument("socket", type=Path)
    parser.add_argument("--mode", choices=("real", "warp"), default="real")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clock", type=Path, required=True, help="file for the time of day")
    parser.add_argument("--hold", type=float, default=HOLD_S, help="seconds, when bytes left")
    parser.add_argument("--log", type=Path, help="file for a line of JSON for every frame")
    given = parser.parse_args()
    timeline = Timeline()
    # Line by line, for nobody gets to close it.
    stream = given.log.open("w", 1, encoding="utf-8") if given.log else None
    hearing = Hearing(stream)
    ether = Ether(timeline, given.seed, log=hearing)
    pace: RealPace | WarpPace
    if given.mode == "warp":
        pace = WarpPace(timeline, WallClock(given.clock).set, given.hold)
    else:
        pace = RealPace(timeline)
    World(given.socket, timeline, ether, pace, hearing).run()


if __name__ == "__main__":
    main()
