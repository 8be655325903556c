# Two commands do everything: `make run` and `make test`. Each installs what it needs, once.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes, each with a PostgreSQL server of its own; a file's tests stay together and share what they set up.
TESTS := -q -n 2 --dist loadfile
# The oldest PostgreSQL that is supported, where it is installed; what differs between releases is SQL.
OLDEST := $(firstword $(wildcard /usr/lib/postgresql/15/bin))
ON_OLDEST := $(patsubst %,tests/test_%.py,examples recording signing merging batch following cursors date_filters search revisions)
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes
LOCK := $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help run test lint clients fmt schema examples settings explorer test-long bench image-check test-cluster sbom audit lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run ## Serve the API at http://127.0.0.1:8000, with a database of its own unless DATABASE_URL is set
	@$(BIN)/python -m service serve

test: lint clients ## Check the code and run the tests
	@$(BIN)/python -m pytest $(TESTS)
	@$(if $(OLDEST),TEST_POSTGRES=$(OLDEST) $(BIN)/python -m pytest $(TESTS) $(ON_OLDEST),echo "No PostgreSQL 15 is installed here: tested on the newest alone.")

lint: $(VENV)/dev ## Check style and types
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check .
	@$(BIN)/mypy --no-error-summary

clients: $(VENV)/clients/made $(VENV)/node

fmt: $(VENV)/dev ## Put the code into its standard form
	@$(BIN)/ruff check -q --fix .
	@$(BIN)/ruff format -q .

schema: $(VENV)/run ## Write schema/schema.graphql and docs/errors.md from the code
	@$(BIN)/python -m schema > $(VENV)/schema.graphql
	@mv $(VENV)/schema.graphql schema/schema.graphql
	@$(BIN)/python -m service.http > $(VENV)/errors.md
	@mv $(VENV)/errors.md docs/errors.md

examples: $(VENV)/dev ## Write the answers and the SQL of the example operations anew
	@$(BIN)/python -m tests.examples

settings: $(VENV)/dev ## Write the tables of settings anew from the code
	@$(BIN)/python -m tests.settings_table

explorer: ## Build the explorer (needs npm)
	@cd explorer && npm ci --no-audit --no-fund && npm run build

test-long: $(VENV)/dev clients ## Run the long trials as well
	@TEST_LONG=1 $(BIN)/python -m pytest $(TESTS) --timeout 3600
	@$(if $(OLDEST),TEST_POSTGRES=$(OLDEST) $(BIN)/python -m pytest $(TESTS) $(ON_OLDEST) tests/test_oracle.py tests/test_indexes.py tests/test_generation.py)

bench: $(VENV)/dev ## Measure beside peers, about forty minutes; needs npm and wrk (BENCH="peers --rounds 1": see python -m bench --help)
	@$(BIN)/python -m bench $(BENCH)

image-check: $(VENV)/dev ## Build the container and run it, where no container engine is (as root; buildah, debootstrap, runc, npm)
	@$(BIN)/python -m trials.image

test-cluster: $(VENV)/dev ## Fail over a real cluster under load (as root; patroni, etcd-server, haproxy, postgresql-15)
	@$(BIN)/python -m trials.cluster

sbom: $(VENV)/dev $(VENV)/image ## Write what the image holds as CycloneDX, to build/sbom/ (needs npm)
	@mkdir -p build/sbom
	@$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON \
		-o build/sbom/service.cdx.json $(VENV)/image
	@cd explorer && npm sbom --sbom-format cyclonedx --sbom-type application --package-lock-only --omit dev \
		> ../build/sbom/explorer.cdx.json
	@ls build/sbom/*

audit: $(VENV)/dev ## Compare the locked packages with published advisories
	@$(BIN)/pip-audit --strict --require-hashes --disable-pip -r requirements/run.txt
	@cd explorer && npm audit --package-lock-only --omit dev

lock: $(VENV)/dev ## Write requirements/*.txt anew from pyproject.toml
	@$(LOCK) pyproject.toml --extra embedded --extra tracing -o requirements/run.txt
	@$(LOCK) pyproject.toml --extra embedded --extra tracing --group dev -c requirements/run.txt -o requirements/dev.txt
	@$(LOCK) pyproject.toml --extra tracing -c requirements/run.txt -o requirements/image.txt
	@$(LOCK) --group clients -o requirements/clients.txt

clean: ## Remove the virtual environment and caches; the data stay
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis

# The stamps stand in the environment, so that removing it removes them. What runs needs run.txt;
# dev.txt names the same versions and more.

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, and $(PYTHON) is $$($(PYTHON) --version 2>&1): set PYTHON, as in make PYTHON=python3.13 run" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "$(PYTHON) cannot make a virtual environment: install its venv module (on Debian: apt install python3-venv)" >&2; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/run: requirements/run.txt | $(VENV)/made
	@echo "Installing what the service needs (once, about a minute) ..."
	@$(PIP) -r requirements/run.txt
	@touch $@

$(VENV)/image: requirements/image.txt | $(VENV)/made
	@rm -rf $@ && $(PYTHON) -m venv --without-pip $@
	@PIP_PYTHON=$@ $(PIP) -r requirements/image.txt || { rm -rf $@; exit 1; }

$(VENV)/dev: requirements/dev.txt $(VENV)/run
	@echo "Installing what the checks and tests need (once) ..."
	@$(PIP) -r requirements/dev.txt
	@touch $@

# The clients that the tests use: those of Python that pin libraries of the service's own, and those of Node.
$(VENV)/clients/made: requirements/clients.txt | $(VENV)/made
	@echo "Installing the Python clients that the tests use (once) ..."
	@$(PYTHON) -m venv $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/clients.txt
	@touch $@

$(VENV)/node: tests/node/package-lock.json | $(VENV)/made
	@command -v npm >/dev/null && node -e 'process.exit(+(parseInt(process.versions.node) < 18))' || { \
		echo "Node 18 or newer and npm are needed for the tests of clients: install them (on Debian: apt install nodejs npm)" >&2; exit 1; }
	@echo "Installing the Node clients that the tests use (once, about a minute) ..."
	@cd tests/node && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
