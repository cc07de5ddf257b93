# Two commands: `make demo` shows a whole test cycle, `make test` proves it. Both set everything up first.
BIN := .venv/bin
STAMP := .venv/.installed
PEERS := build/bench-venv

.DEFAULT_GOAL := help
.PHONY: help setup demo up test nightly screens bench lint check-compose migrate secrets lock clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## Make .venv with exactly what requirements.lock pins (PYTHON=/path/to/python3 chooses one)

$(STAMP): requirements.lock stack/setup.sh
	@PYTHON="$(PYTHON)" sh stack/setup.sh
	@touch $(STAMP)

demo: setup ## Run the bundled cycle from planning to signed report (KEEP=1 leaves it running, ARGS="--seed 7")
	@$(BIN)/python starter.py demo $(if $(filter-out 0,$(KEEP)),--keep) $(ARGS)

up: setup ## Run Postgres, Temporal and the worker until Ctrl-C; the data stays
	@$(BIN)/python -m stack up

test: lint ## Lint, types, import contracts and tests (ARGS="-k audit")
	@$(BIN)/pytest -n 3 --dist loadscope --no-loadscope-reorder -m "not nightly and not screens" $(ARGS)

nightly: setup ## The tests that are too long for every run
	@$(BIN)/pytest -m nightly $(ARGS)

screens: setup ## Pictures of the Temporal Web UI in a headless Chromium, checked and kept in build/screens
	@$(BIN)/pytest -m screens $(ARGS)

bench: $(PEERS)/.installed ## Measure the engine, then the rules, beside their peers: hours (ARGS="--items 1000" RULES="--rows 1000000")
	@$(BIN)/python -m benchmarks $(ARGS)
	@$(BIN)/python -m benchmarks.rules $(RULES)

$(PEERS)/.installed: pyproject.toml benchmarks/setup.sh | setup
	@PEERS="$(PEERS)" sh benchmarks/setup.sh
	@touch $@

lint: setup ## Lint, types and import contracts alone
	@$(BIN)/ruff check .
	@$(BIN)/mypy .
	@$(BIN)/lint-imports
	@$(MAKE) --no-print-directory check-compose

check-compose: setup ## Hold docker-compose.yml against the published Compose schema, offline
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

migrate: setup ## Bring your own servers up to date (ASSAY_OWNER_URL; TEMPORAL_ADDRESS); the embedded ones do it by themselves
	@$(BIN)/python -m stack migrate

secrets: setup ## Draw the secrets of docker-compose.yml, once
	@$(BIN)/python -m stack secrets

lock: setup ## Pin the newest versions that pyproject.toml allows, and of those what the image needs
	@$(BIN)/uv --system-certs pip compile --upgrade --generate-hashes --no-emit-index-url --group dev \
		--python-version 3.11 --universal --quiet pyproject.toml -o requirements.lock
	@$(BIN)/uv --system-certs pip compile --generate-hashes --no-emit-index-url --constraint requirements.lock \
		--python-version 3.11 --universal --quiet pyproject.toml -o requirements-run.lock

clean: ## Remove .venv and caches; data in ASSAY_HOME stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
