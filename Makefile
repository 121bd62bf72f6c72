# Everything works in a fresh clone: each target sets up .venv by itself, nothing outside this folder is touched.
#
#   make run      the whole service on this machine (PORT, ROLES, AWS_ENDPOINT_URL: docs/reference/settings.md)
#   make test     all tests (ARGS="-k join" passes options to pytest)
#   make check    style, types, the direction of imports, and the template (cfn-lint, and rules of its own)
#   make bench    throughput, latency and cost
#   make cost     what a month costs: make cost ARGS="--executions 1e6 --tasks 5" (docs/how-to/costs.md)
#   make package  the bundle and template for CloudFormation, in package/ (ARCH=x86_64 instead of arm64)
#   make deploy   creates or updates a stage on AWS: make deploy STAGE=prod PARAMETERS="LogDays=90" (docs/how-to/deploy.md)
#   make destroy  removes a stage but for its data: make destroy STAGE=prod CONFIRM=prod
#   make clean    remove .venv and everything generated

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
# A .venv that an older Python made, or whose Python has gone, is made anew with all that was installed in it.
STALE := $(shell [ ! -e .venv ] || $(BIN)/python $(NEW_ENOUGH) 2>/dev/null || echo stale)
SOURCES := $(wildcard app.py chalicelib infra local ops tests bench worker/src)
ARCH ?= arm64
ARGS ?=

# Only the shell that runs a recipe is replaced: signals then reach the program itself.
.SHELLFLAGS := -ec

.PHONY: run test check bench cost package named deploy destroy clean

run: .venv/local.stamp
	@exec $(BIN)/python -m local

test: .venv/dev.stamp
	$(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: .venv/dev.stamp
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy $(SOURCES)
	$(BIN)/python -m pytest tests/architecture tests/infra

bench: .venv/dev.stamp
	$(BIN)/python -m bench $(ARGS)

cost: .venv/dev.stamp
	@$(BIN)/python -m bench.cost $(ARGS)

package: .venv/dev.stamp
	find chalicelib app.py -name __pycache__ -prune -exec rm -rf {} +
	rm -rf package
	mkdir package
	$(BIN)/python -m infra.template package/merged.yaml
	AWS_DEFAULT_REGION=$${AWS_DEFAULT_REGION:-us-east-1} \
	  $(BIN)/chalice package --stage $(ARCH) --merge-template package/merged.yaml package
	$(BIN)/python -m infra.bytecode package/deployment.zip

named:
	@[ -n "$(STAGE)" ] || { echo "Which stage? make deploy STAGE=prod" >&2; exit 1; }

deploy: named package
	$(BIN)/python -m infra deploy --stage "$(STAGE)" $(PARAMETERS)

destroy: named .venv/local.stamp
	$(BIN)/python -m infra destroy --stage "$(STAGE)" --confirm "$(CONFIRM)"

clean:
	rm -rf .venv package .pytest_cache .mypy_cache .ruff_cache .hypothesis .local
	find . -name __pycache__ -prune -exec rm -rf {} +

.venv/local.stamp: requirements.txt requirements-local.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-local.txt
	@touch $@

.venv/dev.stamp: requirements.txt requirements-local.txt requirements-dev.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ .venv/local.stamp

.venv/bin/python:
	@$(PYTHON) $(NEW_ENOUGH) 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(or $(PYTHON),python3) is $$($(PYTHON) --version 2>&1 || echo 'not there')." >&2; \
	  echo "Install it, or say where it is: make $(or $(MAKECMDGOALS),run) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@rm -rf .venv; $(PYTHON) -m venv .venv || { rm -rf .venv; \
	  echo "Python's venv module is needed (Debian, Ubuntu: apt-get install python3.11-venv)." >&2; exit 1; }

ifneq ($(STALE),)
.venv/bin/python .venv/local.stamp .venv/dev.stamp: FORCE
FORCE:
endif
