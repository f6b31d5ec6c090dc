# Two commands: make app, make test. Each sets everything up first.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test lint browser catalogue demo screenshots cluster bench-start bench-load bench-export bench-predict bench-train bench-review bench-detect bench-effect bench-fine-tuned bench-power faults mutants roundtrip audit sbom soak scale clean

app: .venv/installed workspaces/poi_pairs/workspace.json  ## open the web page on the demo
	LABELVIZ_FOLDERS=data $(BIN)/labelviz serve workspaces/poi_pairs

test: .venv/installed-dev browser lint  ## ruff, mypy, pytest and the browser tests
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 \
		$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

browser: .venv/installed-dev
	$(BIN)/python -m tests.browser.chromium

catalogue: .venv/installed-dev  ## how many bad inputs of docs/bad-inputs.md the tests hold
	$(BIN)/python -m tests.catalogue

demo: .venv/installed  ## make the demo data and train its models anew (minutes)
	$(BIN)/python data/demo.py make

screenshots: .venv/installed-dev browser workspaces/poi_pairs/workspace.json  ## the README's pictures
	$(BIN)/python docs/screenshots.py

bench-start: .venv/installed  ## how fast labelviz answers, against `import pandas`
	$(BIN)/python benchmarks/start.py

bench-load: .venv/installed  ## a CSV of 300 MB into a workspace, against `pandas.read_csv`
	$(BIN)/python benchmarks/load.py

bench-export: .venv/installed  ## a million targets to Parquet and CSV, against pandas
	$(BIN)/python -m benchmarks.export

bench-predict: .venv/installed-dev  ## how fast labelviz predicts, against transformers; DATA= ENCODER=
	$(BIN)/python benchmarks/predict.py --data "$(DATA)" --encoder "$(ENCODER)" $(if $(ROWS),--rows $(ROWS))

bench-train: .venv/installed-dev  ## how fast labelviz trains, against Trainer; DATA= ENCODER=
	$(BIN)/python benchmarks/train.py --data "$(DATA)" --encoder "$(ENCODER)" $(if $(ROWS),--rows $(ROWS))

faults: .venv/installed-dev browser  ## every fault of store and commands in full numbers (about an hour)
	$(BIN)/python -m benchmarks.faults --write
	LABELVIZ_OFFLINE_SECONDS=180 $(BIN)/pytest tests/browser/test_life.py

bench-review: .venv/installed-dev browser  ## from key press to the next card, against Label Studio; LABEL_STUDIO=
	$(BIN)/python benchmarks/review.py $(if $(LABEL_STUDIO),--label-studio "$(LABEL_STUDIO)")

bench-detect: .venv/installed-dev  ## how well labelviz finds wrong labels, against cleanlab; DATA= ENCODER=
	$(BIN)/python benchmarks/detect.py --data "$(DATA)" --encoder "$(ENCODER)"
	$(BIN)/python benchmarks/soft_labels.py --data "$(DATA)"
	$(BIN)/python benchmarks/mined_pairs.py --data "$(DATA)"
	$(BIN)/python benchmarks/flag_thresholds.py --data "$(DATA)"

cluster: .venv/installed-cluster  ## predict on a Ray cluster of three local nodes, one killed; what it costs
	OMP_NUM_THREADS=1 $(BIN)/pytest tests/models/test_cluster.py tests/models/test_place.py
	$(BIN)/python benchmarks/cluster.py

soak: .venv/installed-dev  ## half an hour of a team's server, parts of it killed; needs nginx
	$(BIN)/python benchmarks/soak.py

scale: .venv/installed-dev browser  ## a million and ten million rows from a file to targets (over an hour)
	$(BIN)/python benchmarks/scale.py

roundtrip: .venv/installed-dev  ## export, load, export again: 10,000 drawn examples over all formats
	LABELVIZ_ROUND_TRIPS=1250 OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 tests/test_round_trip.py

bench-effect: .venv/installed-dev  ## what reviews and soft targets do for a model, against gold; DATA= ENCODER=
	$(BIN)/python benchmarks/effect.py --data "$(DATA)" --encoder "$(ENCODER)"

bench-fine-tuned: .venv/installed-dev  ## the same, every model fine-tuned whole: hours on a CPU, minutes on a GPU; DATA= ENCODER= WORKERS= LOSSES=
	$(BIN)/python benchmarks/fine_tuned.py --data "$(DATA)" --encoder "$(ENCODER)" $(if $(WORKERS),--workers $(WORKERS)) $(if $(LOSSES),--losses)

bench-power: .venv/installed-dev  ## how often the verdict finds an effect that is known
	$(BIN)/python benchmarks/power.py

mutants: .venv/installed-dev  ## how many small faults in the code the tests notice (about 25 minutes)
	$(BIN)/python -m benchmarks.mutants --write

audit: .venv/installed build/audit/installed  ## known vulnerabilities of all that is installed; asks PyPI
	build/audit/bin/pip-audit --skip-editable \
		--path "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

sbom: .venv/installed build/audit/installed  ## all that is installed, as CycloneDX: build/sbom.json
	build/audit/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/sbom.json $(BIN)/python

build/audit/installed: requirements-audit.txt
	$(PYTHON) -m venv build/audit
	build/audit/bin/pip install --quiet --disable-pip-version-check --requirement requirements-audit.txt
	touch $@

.venv/installed-cluster: .venv/installed-dev requirements-cluster.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-cluster.txt
	touch $@

clean:
	rm -rf .venv workspaces build *.egg-info

workspaces/poi_pairs/workspace.json: | .venv/installed
	$(BIN)/python data/demo.py open workspaces

.venv/installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("labelviz needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt requirements-team.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	touch $@
