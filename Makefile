# Two commands on a fresh clone: `make run` does the main job, `make test` checks everything.
PYTHON ?= python3
PROCESSES ?= 1
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONUTF8 := 1

.PHONY: help run test test-all lab docs docs-serve bench gpu pretrain imdb imdb-stop export hooks clean
help:            ## This list
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.venv/.run: settings.ini setup.py pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	@touch $@

.venv/.dev: .venv/.run
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

run: .venv/.run  ## Label 20 documents, classify the rest: predictions and a scorecard
	$(BIN)/ought demo

test: .venv/.dev ## Notebooks, package, README and site; ends with "N passed, N failed"
	$(BIN)/python checks/run.py

test-all: .venv/.dev ## The same with the slow cells
	$(BIN)/python checks/run.py --flags slow

lab: .venv/.dev  ## JupyterLab on the notebooks; saving cleans them
	cd nbs && ../$(BIN)/jupyter lab --FileContentsManager.pre_save_hook=nbdev.clean.clean_jupyter

export: .venv/.dev ## Compile the notebooks to the package
	$(BIN)/nbdev-export

docs: .venv/.dev ## The site in docs/ and the README, from the stored outputs
	$(BIN)/python site/build.py

docs-serve: docs ## The site on http://127.0.0.1:4200
	$(BIN)/python -m http.server -b 127.0.0.1 -d docs 4200

bench: .venv/.dev ## Speed ratios against the references, into nbs/results (quiet machine, half an hour)
	OMP_NUM_THREADS=2 $(BIN)/python checks/notebooks.py --save --flags slow nbs/90_benchmarks.ipynb

gpu: .venv/.dev ## Parity and speed on a CUDA card, into nbs/results; ends with an error where there is none
	$(BIN)/python -c "import torch; assert torch.cuda.is_available(), 'no CUDA card here'"
	$(BIN)/python checks/notebooks.py --workers 1 --save --flags cuda nbs/17_dataloaders.ipynb nbs/90_benchmarks.ipynb

pretrain: .venv/.run  ## Train the language model that ships, on arxiv_abstracts: hours, and it goes on where it was stopped; PROCESSES=2 for two
	$(if $(filter 1,$(PROCESSES)),,OMP_NUM_THREADS=1) $(BIN)/python -W ignore $(if $(filter 1,$(PROCESSES)),,-m torch.distributed.run --standalone --nproc-per-node=$(PROCESSES) --no-python $(BIN)/python -W ignore) -c "from ought.transfer.pretraining import make_pretrained; make_pretrained()"

imdb: .venv/.run  ## ULMFiT and its baselines on IMDb: hours, and it goes on where it was stopped
	$(BIN)/python -W ignore -c "from ought.transfer.imdb import make_imdb; make_imdb()"

imdb-stop: .venv/.run ## Ask a running `make imdb` to stop reading and to go on to the classifier
	$(BIN)/python -W ignore -c "from ought.transfer.films import stop_reading; stop_reading()"

hooks: .venv/.dev ## Git hooks that clean notebooks and merge them cell by cell
	$(BIN)/nbdev-install-hooks

clean:           ## Remove what was built, keep what is committed
	rm -rf .venv _proc _docs build dist *.egg-info
