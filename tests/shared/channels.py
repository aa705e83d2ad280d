"""Channels of the European band, and a node's access to them."""

from protocol.access import Access, Channel
from protocol.airtime import Modulation
from protocol.duty import Ledger

SF9 = Modulation(9)
SF10 = Modulation(10)
IN_L = Channel(867100000, SF9)
IN_M = Channel(868100000, SF9)
IN_M_TOO = Channel(868300000, SF9)
IN_K = Channel(864100000, SF9)  # 3.6 s an hour
SLOW = Channel(868500000, SF10)
MINUTE_MS = 60000
LENGTH = 48  # 308.224 ms with SF9


def most(span: int) -> int:
    return span - 1


def least(span: int) -> int:
    return 0


def access(channels=(IN_M,), random=least, ledger=None) -> Access:
    return Access(channels, ledger or Ledger(), random)


def send(node: Access, now_s: int = 0, length: int = LENGTH):
    """Send one frame on a quiet channel; return the channel."""
    channel = node.begin(length, now_s)
    assert node.heard(False) == 0
    node.sending(length, now_s)
    return channel
