"""What makes the gateway a service of Debian: unit, udev rules, package, and `install.sh`."""
