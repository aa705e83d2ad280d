"""The decoders under fuzzers, for as long as one wants: `make fuzz N=1000000`."""
