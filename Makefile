# Needs Python 3.11 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
ARGS ?=

.PHONY: serve test test-lowest fuzz soak audit lint format bench peers screenshots clean

serve: $(VENV)/.installed
	@exec $(BIN)/exomock serve $(ARGS)

test: $(VENV)/.tests
	@echo "This is exomock's own suite: some seven minutes on two cores. ARGS=tests/api runs a part."
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# The suite with the lowest versions that pyproject.toml allows; PYTHON should be the lowest too.
test-lowest: $(VENV)-lowest/.tests
	$(VENV)-lowest/bin/python -m pytest -n auto --dist worksteal $(ARGS)

# 20,000 raw requests against each server, and schemathesis for long. SEED repeats a run.
fuzz: $(VENV)/.tests
	EXOMOCK_SOAK=1 $(BIN)/python -m pytest tests/laws/test_fuzz_raw.py tests/laws/test_fuzz_schema.py $(ARGS)

# The laws many times over, then ten minutes of calls, failures, kills and clock steps.
soak: $(VENV)/.tests
	EXOMOCK_SOAK=1 $(BIN)/python -m pytest tests/laws
	$(BIN)/python -m benchmarks.soak $(ARGS)

# Known vulnerabilities of what a user installs; asks the advisory service of PyPI.
audit: $(VENV)-audit/.installed
	$(VENV)-audit/bin/pip-audit --strict --progress-spinner off .

lint: $(VENV)/.lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/.tests
	$(BIN)/python -m benchmarks $(ARGS)

# exomock beside other servers; asks PyPI and npm for them by name, and writes docs/performance.md.
peers: $(VENV)-peers/.installed
	$(VENV)-peers/bin/python -m benchmarks.peers --download --write $(ARGS)

# The pictures of README and docs, made by the tests of the console in a browser.
screenshots: $(VENV)/.tests
	EXOMOCK_NEEDS_BROWSER=1 EXOMOCK_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/console/test_screenshots.py

clean:
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-audit $(VENV)-peers build dist *.egg-info

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "exomock needs Python 3.11 or newer; name one: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	@echo "Making a virtual environment in $(VENV)."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "Installing exomock and what it needs into $(VENV); once, about half a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[mp3,postgresql,tls]'
	@touch $@

$(VENV)/.tests: pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the tests of exomock need into $(VENV); once, about a minute."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,fuzz,recipes,release,browser]'
	@touch $@ $(VENV)/.installed

$(VENV)/.lint: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test,fuzz,recipes,release,browser,lint]'
	@touch $@ $(VENV)/.tests $(VENV)/.installed

$(VENV)-lowest/.tests: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)-lowest
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check uv
	$(VENV)-lowest/bin/uv pip compile --quiet --python $(VENV)-lowest/bin/python --resolution lowest-direct \
		--extra mp3 --extra postgresql --extra re2 --extra tls pyproject.toml --output-file $(VENV)-lowest/lowest.txt
	$(VENV)-lowest/bin/python -m pip install --quiet --disable-pip-version-check \
		--constraint $(VENV)-lowest/lowest.txt -e '.[test]'
	@touch $@

$(VENV)-audit/.installed:
	$(PYTHON) -m venv --clear $(VENV)-audit
	$(VENV)-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	@touch $@

$(VENV)-peers/.installed: pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)-peers
	$(VENV)-peers/bin/python -m pip install --quiet --disable-pip-version-check -e '.[peers]'
	@touch $@
