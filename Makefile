# The same commands for people and for CI. Each makes .venv by itself when it is missing.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
WORKERS ?= 2
N ?= 1000000

.PHONY: setup demo test check bench fuzz soak clean

setup: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Neckar needs Python 3.11 or newer; set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "venv is missing: apt install python3-venv, then run make again" >&2; exit 1; }
	@echo "Installing into $(VENV) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,demo,flash]'
	@touch $@

demo: setup
	@tools/demo $(if $(SECONDS),--seconds $(SECONDS)) $(if $(DATA),--data $(DATA)) \
	  $(if $(BROKER),--broker $(BROKER)) $(if $(CHAOS),--chaos)

test: setup
	@$(PY) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: setup
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -m tools.drawings --check
	@$(PY) -m tools.flashing.messages --check
	@$(PY) -m pytest -q tests/test_architecture.py tests/test_sizes.py

bench: setup
	@tools/bench all $(ARGS)

# Where atheris has no wheel the fuzzing goes on without it, and says so.
fuzz: setup
	@$(PY) -c 'import atheris' 2>/dev/null || $(PY) -m pip install --quiet --only-binary :all: \
	  --disable-pip-version-check --editable '.[fuzz]' 2>/dev/null || true
	@nice $(PY) -m tests.fuzz --runs $(N) --workers $(WORKERS) $(ARGS)

soak: setup
	@tools/soak --kills $(or $(KILLS),1000) --seed $(or $(SEED),1) $(ARGS)

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
