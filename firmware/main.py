"""Runs the node; everything it does is in the package `node`."""

from node.app import main

main()
