"""Properties of `protocol`, searched by Hypothesis; CPython only."""
