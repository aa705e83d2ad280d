"""What all sensors have in common: a driver, and what has to outlive a deep sleep.

Place: driver -> Sensor -> sampler.
Guarantee: what `state` returns is small and plain (CBOR), and `restore` takes anything: a state of
another firmware is no reason not to measure.
"""

from node.sensors.readings import Frozen


class Sensor:
    """`frozen_after` equal raw readings in a row are one too many; 0: any number is fine.

    quantities  names of the registry, in the order of what `measure` returns
    lead_s      so many seconds before a sample `prepare` has to be called
    measure     `async measure(seconds, interval_s)`: one (scaled value, quality) for each quantity
    """

    quantities: tuple = ()

    def __init__(self, driver, frozen_after: int = 0):
        self._driver = driver
        self._frozen = Frozen(frozen_after)
        self.lead_s = driver.lead_s
        self.draw_ma = driver.draw_ma
        self.rest_s = driver.rest_s

    def prepare(self) -> None:
        """Let the driver begin what takes its time."""
        self._driver.start()

    def release(self) -> None:
        """Let the driver go to the lowest power, until the next `prepare`."""
        self._driver.stop()

    def state(self) -> list:
        """Return what the next wake has to know."""
        return self._frozen.state()

    def restore(self, state) -> None:
        """Go on as `state` said."""
        self._frozen.restore(state)
