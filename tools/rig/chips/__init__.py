"""Radio chips as the pins and registers that a driver sees, on the antennas of the ether."""
