"""Everything between two antennas, in virtual time and without hardware."""
