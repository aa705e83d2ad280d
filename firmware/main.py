"""Runs the node; everything it does is in the package `node`."""

from node.start import main

main()
