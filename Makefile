# Everything that can be done here; `make` alone lists it. Needs Python 3.11 to 3.13 and a POSIX shell.

.DEFAULT_GOAL = help
BIN = .venv/bin

# The script that makes .venv and installs into it; $1 is the file with the pinned packages. What was
# installed last, and where, stands in .venv/installed-*, so that running it again costs a moment.
define install_script
set -eu
pins=$$1
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
fail() { printf '%s\n' "$$*" >&2; exit 1; }
mark() { pwd; cksum pyproject.toml "$$1"; }
is_installed() { [ "$$(cat ".venv/installed-$$1" 2>/dev/null)" = "$$(mark "$$1")" ]; }

if "$(BIN)/python" -c "$$fits" 2>/dev/null; then
    is_installed "$$pins" && exit 0
    [ "$$pins" = constraints.txt ] && is_installed constraints-dev.txt && exit 0
fi

if ! "$(BIN)/python" -c "$$fits; import pip" 2>/dev/null; then
    python= without_venv=
    for candidate in $${PYTHON:-} python3.13 python3.12 python3.11 python3 python; do
        "$$candidate" -c "$$fits" >/dev/null 2>&1 || continue
        if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$candidate; break; fi
        without_venv=$$("$$candidate" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
    done
    if [ -z "$$python" ] && [ -n "$$without_venv" ]; then
        fail "Python cannot make virtual environments here: install the package $$without_venv (Debian: apt-get install $$without_venv) and try again."
    fi
    [ -n "$$python" ] || fail "No working Python 3.11, 3.12 or 3.13 was found: install one, or name one, as in make run PYTHON=/path/to/python3.12"
    echo "Making .venv with $$("$$python" -V) ..."
    "$$python" -m venv --clear .venv || fail "The folder .venv could not be made here; the line above says why."
fi

echo "Installing the pinned packages into .venv (a minute or two the first time) ..."
rm -f .venv/installed-*
pip() { "$(BIN)/python" -m pip install --quiet --disable-pip-version-check "$$@" </dev/null >>.venv/install.log 2>&1; }
: >.venv/install.log
if ! { pip --require-hashes -r "$$pins" && pip --no-deps --no-build-isolation -e .; }; then
    fail "The packages could not be installed, most often because the network is away: $$(sed -n 's/^ERROR: *//p' .venv/install.log | tail -n 1) (all of it: .venv/install.log)"
fi
mark "$$pins" >.venv/installed.new
mv .venv/installed.new ".venv/installed-$$pins"
endef
export install_script
export PYTHON

.PHONY: help run demo test lint format docs pictures constraints install install-dev clean

help: ## list what can be done here
	@sed -n 's/^\([a-z-]*\):.*## /make \1|/p' Makefile | awk -F '|' '{ printf "%-18s %s\n", $$1, $$2 }'

run: install ## start the service: schedule and pages on http://127.0.0.1:8321
	@exec $(BIN)/diembao run

demo: install ## the same on a bundled newsroom: no network needed, a digest within a minute
	@exec $(BIN)/diembao demo

test: install-dev lint ## everything that is checked: lint, types, all tests (ARGS="-k feed" for some, "-n 0" in one process)
	@echo "Types ..."
	@$(BIN)/python -m mypy --no-error-summary
	@echo "Tests ..."
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

lint: install-dev ## check style and layout of the code
	@echo "Lint ..."
	@$(BIN)/python -m ruff check --quiet .
	@$(BIN)/python -m ruff format --quiet --check . || { echo "Some files want another layout: make format"; exit 1; }

format: install-dev ## lay out the code and mend what ruff can mend
	@$(BIN)/python -m ruff check --fix --quiet . ; $(BIN)/python -m ruff format .

docs: install ## write settings.toml and docs/settings.md from the settings' descriptions
	@$(BIN)/python -m scheduler.settings_docs page >docs/settings.md.new && mv docs/settings.md.new docs/settings.md
	@$(BIN)/python -m scheduler.settings_docs file >settings.toml.new && mv settings.toml.new settings.toml

pictures: install ## take the pictures of the README anew (needs Chromium)
	@$(BIN)/python docs/pictures/take.py

constraints: install ## pin the newest packages that fit: constraints.txt, constraints-dev.txt
	@$(BIN)/python -m venv --clear build/pins && build/pins/bin/python -m pip install --quiet uv
	@$(PIN) -o constraints.txt
	@$(PIN) --extra dev --constraint constraints.txt -o constraints-dev.txt

PIN = build/pins/bin/uv pip compile pyproject.toml --group build --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --no-config --quiet

install: ## make .venv and install what the service needs
	@sh -c "$$install_script" install constraints.txt

install-dev: ## the same with what developers need
	@sh -c "$$install_script" install constraints-dev.txt

clean: ## remove .venv and caches; what was collected in data/ stays
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
