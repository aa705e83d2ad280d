"""`python -m tools.demonstration.embedded_broker PORT`: amqtt with no users, on loopback only."""

import asyncio
import logging
import sys

from amqtt.broker import Broker


async def _serve(port: int) -> None:
    logging.disable(logging.CRITICAL)  # it logs every cut connection with a traceback
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    await Broker(config).start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
