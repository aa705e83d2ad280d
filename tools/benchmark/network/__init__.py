"""Many nodes on one air: how far the ether of the rig can be believed, and what a network does."""
