# Everything runs from `.venv`, which the first target that needs it makes. `make up ARGS="--no-demo"`.
PYTHON ?= python3
ARGS ?=
RUN := .venv/bin/python
ONCE_MORE := --last-failed --last-failed-no-failures none --exitfirst --numprocesses 0
# Those that can be run by themselves; one alone: `make bench BENCHMARKS=ingest ARGS=--quick`.
BENCHMARKS ?= $(patsubst %/__main__,%,$(patsubst benchmarks/%.py,%,$(filter-out benchmarks/compare.py,$(shell grep -l __main__ benchmarks/*.py benchmarks/*/__main__.py))))

.PHONY: up down dev dev-portal setup setup-dev portal test check bench bench-compare release
.DEFAULT_GOAL := up

up: setup
	@$(RUN) -m barograph up $(ARGS)

down:
	@$(RUN) -m barograph down $(ARGS)

dev: setup
	@$(RUN) -m barograph up --reload $(ARGS)

setup: .python
	@$(PYTHON) -m barograph.local.environment
	@$(RUN) -m barograph.local.set_up

setup-dev: .environment
	@$(MAKE) --no-print-directory .fetched

# Builds the portal, if its sources have changed, and says why where it can't.
portal: .python
	@$(PYTHON) -m barograph.local.environment
	@$(RUN) -m barograph.local.portal

# Vite's server, which shows a change at once; the API runs beside it.
dev-portal: setup-dev
	@$(RUN) -m tools.portal dev

# What fails is tried once more, alone and with servers of its own: beside others, a deadline may be missed.
test: setup-dev
	$(RUN) -m pytest $(ARGS) || { [ $$? -eq 1 ] && $(RUN) -m pytest $(ARGS) $(ONCE_MORE); }

# All at once, and while the rest of set-up is fetched; what each says stands together.
check: .environment
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target .fetched .types .style .layers .portal

.types:
	$(RUN) -m basedpyright

.style:
	$(RUN) -m ruff format --check
	$(RUN) -m ruff check

.layers:
	.venv/bin/lint-imports

.portal: .fetched
	$(RUN) -m tools.portal check

bench: setup-dev
	@for name in $(BENCHMARKS); do $(RUN) -m benchmarks.$$name $(ARGS) || exit; done

# Keeps what the version in pyproject.toml promises: docs/releases/README.md.
release: setup-dev
	@$(RUN) -m tools.release $(ARGS)

# As it is here beside a revision: `make bench-compare REV=HEAD~5 BENCHMARK=ingest ARGS=--quick`.
bench-compare: setup-dev
	$(RUN) -m benchmarks.compare $(REV) $(BENCHMARK) $(ARGS)

.PHONY: .python .environment .fetched .types .style .layers .portal
.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Barograph needs Python 3.11 or newer; name one with: make PYTHON=/path/to/python3"; exit 1; }

# What `setup-dev` is made of.
.environment: .python
	@$(PYTHON) -m barograph.local.environment --dev

.fetched:
	@$(RUN) -m tools.programs & $(RUN) -m barograph.local.set_up --dev; code=$$?; wait $$! && exit $$code
