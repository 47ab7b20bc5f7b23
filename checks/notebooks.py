"""Run every notebook in a Jupyter kernel of its own, as "Run All" does, and hold its stored outputs against what it prints now."""
import argparse, json, math, os, re, sys, tempfile, time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

# One thread per notebook, so that two run side by side and sums are taken in one order. Set before torch loads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nbformat
from fastcore.nbio import dict2nb, read_nb, write_nb
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbdev.clean import clean_nb
from nbdev.config import get_config
from nbdev.test import nb_test_cells

address = re.compile(r" at 0x[0-9a-f]+")  # nbdev-clean takes these out of what is stored
number = re.compile(r"[-+]?\d+\.\d*(?:[eE][-+]?\d+)?|[-+]?\d+[eE][-+]?\d+")
varies = re.compile(r"^#\| *varies", re.M)  # Output that is another one each time, or on each processor
styler = re.compile(r"T_[0-9a-f]{5}(?=[_\"\s])")  # pandas draws the id of a styled table at random
told = re.compile(r"^#\| *(fig-alt: [^:\n]+$|hide)", re.M)  # YAML: a colon would end the words
forbidden = re.compile(r"/(?:home|root|Users|work|tmp)/[\w.-]+|[\w.]*Warning\b:|Traceback \(most recent")


def plain(text): return styler.sub("T_", address.sub("", text))


def joined(outputs):
    "The outputs, where a stream that came in several pieces is one: where it is cut is a matter of the clock."
    found = []
    for out in outputs:
        if out["output_type"] == "stream" and found and found[-1].get("name") == out["name"]:
            found[-1]["text"] += out["text"]
        else: found.append(out)
    return found


def texts(cell):
    "All text that a cell's outputs hold, one string per kind, in order, without addresses in memory and random ids."
    for out in cell.get("outputs", []):
        if out["output_type"] == "stream": yield out["name"], plain("".join(out["text"]))
        elif out["output_type"] == "error": yield "error", out["ename"]
        else:
            for kind, data in sorted(out.get("data", {}).items()):
                if kind.startswith("text/"): yield kind, plain("".join(data))


def words(text):
    "`text` without its decimal fractions and the width of its columns: the sign of a zero is a column, too."
    return " ".join(number.sub(" # ", text).split())


def alike(old, new, rel_tol=0.02, abs_tol=2e-3):
    "Equal text, where decimal fractions may differ as they do between processors."
    if words(old) != words(new): return False
    pairs = zip(number.findall(old), number.findall(new))
    return all(math.isclose(float(a), float(b), rel_tol=rel_tol, abs_tol=abs_tol) for a, b in pairs)


def smells(cell):
    "What a stored output should never hold, and a picture that is not told in words."
    pictures = any(kind.startswith("image/") for out in cell.get("outputs", []) for kind in out.get("data", {}))
    if pictures and not told.search(cell.source): yield "has a picture without `#| fig-alt: …` (words without a colon)"
    for kind, text in texts(cell):
        if kind in ("stderr", "error"): yield f"{kind}: {text.strip()[:200]}"
        elif m := forbidden.search(text): yield f"holds {m.group()!r}"


def left_out(out):
    "Is this the output of a flagged cell that `ought.data.results` left out?"
    return out.get("text", "").startswith("Left out: this cell is flagged")


def execute(nb, path, tested):
    """Run the cells of `nb` in a new kernel; return what went wrong, or None. Cells outside of `tested`, which `eval: false` or a flag
    leaves out, keep their outputs; flagged ones are run all the same, to see that they do nothing."""
    folder = tempfile.TemporaryDirectory()
    os.environ |= {"IN_TEST": "1", "IPYTHONDIR": folder.name, "COLUMNS": "80"}  # pandas asks how wide a terminal is
    os.environ.pop("MPLBACKEND", None)  # The kernel's own: pictures stand in the notebook
    where = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(nb, timeout=1200, kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=40"], resources=where)
    with client.setup_kernel(), folder:
        for i, cell in enumerate(nb.cells):
            flagged = re.match(r"(#\|.*\n)*#\| *(slow|cuda) *\n", cell.source)
            if cell.cell_type != "code" or cell.id not in tested and not flagged: continue
            stored = cell.outputs
            try: client.execute_cell(cell, i)
            except (CellExecutionError, CellTimeoutError, DeadKernelError) as e: return f"{path.name}#{cell.id}: {e}"
            cell.outputs = joined(cell.outputs)
            if cell.id in tested: continue
            if not all(map(left_out, cell.outputs)): return f"{path.name}#{cell.id}: flagged, but runs: the notebook wants `%load_ext ought.data.results`"
            cell.outputs = stored


def run(path, flags="", save=False):
    "Run the notebook at `path`; return what is wrong with it, one line each."
    path, cfg = Path(path), get_config()
    os.environ["OUGHT_RUN"] = flags
    skip = cfg.tst_flags.split() if isinstance(cfg.tst_flags, str) else cfg.tst_flags
    tested = {c.id for c in nb_test_cells(path, skip, flags.split())}
    stored = {c.id: c for c in read_nb(path).cells if c.cell_type == "code"}
    ran = nbformat.read(path, as_version=4)
    if problem := execute(ran, path, tested): return [problem]
    nb, problems = dict2nb(json.loads(nbformat.writes(ran))), []
    clean_nb(nb)
    for cell in nb.cells:
        if cell.cell_type != "code": continue
        problems += [f"{path.name}#{cell.id}: output {smell}" for smell in smells(cell)]
        if save or cell.id not in tested or varies.search(cell.source): continue
        old, new = list(texts(stored[cell.id])), list(texts(cell))
        if [k for k, _ in old] != [k for k, _ in new] or not all(alike(a, b) for (_, a), (_, b) in zip(old, new)):
            problems.append(f"{path.name}#{cell.id}: stored output is stale\n  stored: {old}\n  now:    {new}")
    if save and not problems: write_nb(nb, path)
    return problems


def timed_run(path, flags, save):
    "`run` in a process of its own, with the seconds it took."
    sys.path.insert(0, str(get_config().config_path))
    start = time.perf_counter()
    return run(path.resolve(), flags, save), time.perf_counter() - start


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("notebooks", nargs="*", type=Path, help="Default: all of nbs/")
    p.add_argument("--flags", default="", help="Run cells with these flags too, such as 'slow'")
    p.add_argument("--save", action="store_true", help="Store the new outputs instead of comparing")
    p.add_argument("--workers", type=int, default=2)
    p.add_argument("--times", type=Path, help="Note in this JSON file how many seconds each notebook took")
    args = p.parse_args()
    notebooks = args.notebooks or sorted(get_config().nbs_path.glob("*.ipynb"))
    failed, times = 0, json.loads(args.times.read_text()) if args.times and args.times.exists() else {}
    # One fresh process per notebook, as a reader's fresh kernel
    again, fresh = [], dict(mp_context=get_context("spawn"), max_tasks_per_child=1)
    with ProcessPoolExecutor(args.workers, **fresh) as pool:
        results = pool.map(timed_run, notebooks, [args.flags] * len(notebooks), [args.save] * len(notebooks))
        for path, (problems, seconds) in zip(notebooks, results):
            if problems: again.append(path)
            print(f"{'to be tried again' if problems else 'passed'} {path.name} ({seconds:.0f} s)", *problems, sep="\n", flush=True)
            times[path.stem] = round(seconds)
    # What starts servers and processes may have waited too long beside another notebook: alone it has the machine to itself
    with ProcessPoolExecutor(1, **fresh) as pool:
        for path in again:
            problems, seconds = pool.submit(timed_run, path, args.flags, args.save).result()
            print(f"{'FAILED' if problems else 'passed, alone,'} {path.name} ({seconds:.0f} s)", *problems, sep="\n", flush=True)
            failed += bool(problems)
    if args.times: args.times.write_text(json.dumps(dict(sorted(times.items())), indent=1) + "\n")
    print(f"notebooks: {len(notebooks) - failed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__": main()
