# Two commands do everything: `make demo` and `make test`. The others are parts of them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test install install-test check lint types imports format openapi env lock \
	train-model samples clean

demo: install ## Run the main job on the sample calls (ONCE=1: stop after the table)
	@$(BIN)/tematika demo $(if $(ONCE),--once)

test: install-test ## Run the whole suite
	@$(BIN)/pytest -n auto --dist loadfile

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Tematika needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.runtime: $(BIN)/uv requirements.lock pyproject.toml
	@echo "Installing Tematika into $(VENV) …"
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -r requirements.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps -e .
	@touch $@

$(VENV)/.test: $(VENV)/.runtime requirements-test.lock
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet -r requirements-test.lock
	@touch $@

install: $(VENV)/.runtime
install-test: $(VENV)/.test

check: lint types imports ## Style, types and the direction of imports

lint: install-test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install-test
	@$(BIN)/mypy

imports: install-test
	@$(BIN)/lint-imports

format: install-test ## Let ruff put the code in order
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

openapi: install ## Write docs/openapi.json anew
	@$(BIN)/python -m services.gateway.openapi > docs/openapi.json

env: ## Write .env with random secrets for docker compose
	@$(PYTHON) -m deploy.env

lock: $(BIN)/uv ## Resolve the lock files anew
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate --extra test pyproject.toml -o requirements-test.lock
	@$(BIN)/uv pip compile -q --universal --python-version 3.11 --no-header --no-annotate -c requirements-test.lock pyproject.toml -o requirements.lock

bench-%: install-test ## Print a benchmark's table; the last line is one JSON object
	@$(BIN)/python -m bench.$*

samples: install ## Make the sample calls again (needs espeak-ng)
	@$(BIN)/python -m samples.calls.make

train-model: ## Train the demo speech model again (see samples/model/README.md)
	@$(BIN)/python -m samples.speech.train

clean: ## Remove what the commands made, the environment too
	@rm -rf $(VENV) var build dist *.egg-info
