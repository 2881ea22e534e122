# Two commands are all a newcomer needs: `make run` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install

.PHONY: run test check chaos fuzz scan bench bench-board vendor lock sbom audit places map docs pictures tools clean

run: $(VENV)/run.ok             ## everything, on this machine, in one terminal
	@exec $(BIN)/bridge run

test: $(VENV)/dev.ok tools      ## the whole test suite, with branch coverage
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --cov --cov-report term

check: $(VENV)/dev.ok           ## lint, format, types, walls, configuration
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bridge check

CHAOS ?= --runs 1

chaos: $(VENV)/dev.ok           ## break the real thing in every way, and audit every promise: make chaos CHAOS="--long --seed 7"
	$(BIN)/python -m tests.chaos $(CHAOS)

fuzz: $(VENV)/dev.ok            ## 100,000 hostile inputs for every webhook and every parser
	$(BIN)/python -m tests.fuzz --inputs 100000

scan: $(VENV)/dev.ok            ## every address of a whole bridge, asked for what its description does not promise; tens of minutes
	$(BIN)/python -m tests.scan

bench: $(VENV)/dev.ok           ## figures: how fast, how much, how big
	$(BIN)/python -m tests.bench.bench

bench-board: $(VENV)/dev.ok     ## figures of the status page: how soon, how heavy, and what it costs the webhooks
	$(BIN)/python -m tests.bench.board

IDIOMORPH := idiomorph-0.8.0
IDIOMORPH_SHA512 := 478ec904bfba8c70d0bdc9dba69214b575dcc62e61ebec2e0841195e7461525b6c8333c52b34e12f93ee1e9a4ff72a49bb2fbb59ac1c6354ec4810ff8906cc87

vendor:                         ## fetch the script that others wrote, and see that it is the one we know; needs npm
	mkdir -p var && npm pack --silent --pack-destination var $(subst -0,@0,$(IDIOMORPH))
	echo "$(IDIOMORPH_SHA512)  var/$(IDIOMORPH).tgz" | sha512sum --check --quiet
	tar -xzf var/$(IDIOMORPH).tgz -O package/dist/idiomorph.esm.js > bridge/web/static/vendor/idiomorph.js
	tar -xzf var/$(IDIOMORPH).tgz -O package/LICENSE > bridge/web/static/vendor/idiomorph.LICENSE.txt
	rm var/$(IDIOMORPH).tgz

places: $(VENV)/dev.ok          ## make the table of places anew from its sources
	$(BIN)/python bridge/core/data/build.py

map: $(VENV)/dev.ok             ## make the shapes of the counties anew; needs npm
	$(BIN)/python bridge/core/data/build_map.py

docs: $(VENV)/dev.ok            ## draw what is drawn from the code
	$(BIN)/python docs/draw.py

pictures: $(VENV)/dev.ok tools  ## take the pictures of the pages in docs/pictures
	$(BIN)/python -m tests.web.shots

lock: $(VENV)/dev.ok            ## pin every dependency anew, with hashes
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml -o requirements-dev.lock

sbom: $(VENV)/dev.ok            ## what the bridge is made of, from the lock: docs/licenses.md, docs/sbom.cdx.json
	VIRTUAL_ENV=$(VENV) $(BIN)/uv run --quiet --no-project --with cyclonedx-python-lib==11.12.0 python docs/supply.py

audit: $(VENV)/dev.ok           ## known faults of locked packages; fails where nobody can be asked
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --require-hashes --disable-pip -r requirements.lock

clean:                          ## remove what was made here, but not var/, where requests are
	rm -rf $(VENV) .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info

# Tests of the pages need a Chromium, and the formal model needs Spin and a C compiler; those that are there are taken.
tools:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
	  || { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || $(BIN)/playwright install chromium
	@{ command -v spin && command -v cc; } >/dev/null \
	  || { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq spin gcc libc6-dev >/dev/null; } \
	  || echo "Spin and a C compiler are needed for the tests of the formal model: see docs/model/README.md"

$(VENV)/run.ok: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/dev.ok: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements-dev.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/run.ok
