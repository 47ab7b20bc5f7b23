"All checks, one line each; ends with `N passed, N failed`."
import argparse, os, re, subprocess, sys, time
from pathlib import Path

root = Path(__file__).parents[1]
light = ("ought", "ought.data.datasets", "ought.text.tokenization", "ought.cli.commands")  # These load neither torch nor fastai


def call(*args, **env):
    "Run Python on `args`; return (exit code, what it printed)."
    done = subprocess.run([sys.executable, *args], cwd=root, capture_output=True, text=True, env={**os.environ, **env})
    return done.returncode, (done.stdout + done.stderr).strip()


def modules():
    "Every module of the package, by name."
    for path in sorted((root / "ought").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join(p for p in parts if p != "__init__")


def check_clean():
    "Notebooks are what nbdev-clean would write"
    from fastcore.nbio import nb2str, read_nb
    from nbdev.clean import clean_nb
    for path in sorted((root / "nbs").glob("*.ipynb")):
        nb = read_nb(path)
        clean_nb(nb)
        yield f"clean {path.name}", "" if nb2str(nb) == path.read_text(encoding="utf-8") else "run nbdev-clean"


def check_export():
    "The package is what the notebooks compile to"
    def snapshot(): return {p: p.read_bytes() for p in (root / "ought").rglob("*.py")}
    before = snapshot()
    code, text = call("-c", "from nbdev.doclinks import nbdev_export; nbdev_export.__wrapped__()")
    after = snapshot()
    changed = [p.name for p in before.keys() | after.keys() if before.get(p) != after.get(p)]
    yield "export", text if code else f"nbdev-export changed {', '.join(sorted(changed))}: commit it" if changed else ""


def check_imports():
    "Every module imports alone, in a fresh process"
    for name in modules():
        heavy = "import sys; bad={'torch','fastai'} & set(sys.modules); assert not bad, f'loads {bad}'" if name in light else ""
        code, text = call("-W", "error::SyntaxWarning", "-c", f"import {name}\n{heavy}", HF_HUB_OFFLINE="1")
        yield f"import {name}", text if code else ""
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        call("-c", "import ought")
        seconds.append(time.perf_counter() - start)
    yield "import ought under 0.3 s", "" if min(seconds) < 0.3 else f"takes {min(seconds):.2f} s"


def check_version():
    "The version stands in ought/__init__.py alone, where nbdev-bump-version changes it"
    twice = re.search(r"^version\b", (root / "settings.ini").read_text(), re.M)
    found = re.search(r'^__version__ = "\d+\.\d+\.\d+"$', (root / "ought" / "__init__.py").read_text(), re.M)
    yield "version", "settings.ini names one, too" if twice else "" if found else "ought/__init__.py has none"


def check_site():
    "docs/ and README.md are what the notebooks give"
    code, text = call("site/build.py", "--check")
    yield "site and README", text if code else ""


def check_structure():
    "Nothing imports upward, and no module is too long"
    code, text = call("checks/structure.py")
    yield "structure of the package", text if code else ""


def check_coverage():
    "Every public parameter and return is typed and described"
    code, text = call("checks/coverage.py")
    yield "coverage of the documentation", text if code else ""


def check_browser():
    "Every page opens in a browser without a fault"
    import browser
    if not browser.chromium: return print("skipped: pages in a browser, for want of Chromium", flush=True)
    for name, faults in browser.check(): yield f"browser {name}", "\n".join(faults)


def check_notebooks(flags):
    "Every notebook runs, and its stored outputs are what it prints"
    cmd = [sys.executable, "checks/notebooks.py", "--flags", flags]
    done = subprocess.Popen(cmd, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    name, word, lines, ended = None, "", [], False
    for line in done.stdout:
        if m := re.match(r"(passed|passed, alone,|FAILED|to be tried again) (\S+\.ipynb .*)", line):
            if name and word != "to be tried again": yield name, "\n".join(lines) if word == "FAILED" else ""
            word, name, lines = m[1], m[2], []
            if word == "passed, alone,": name += ", when it ran alone"
        elif line.startswith("notebooks:"): ended = True
        else:
            lines.append(line.rstrip())
            if word == "to be tried again": print(f"(tried again later) {line.rstrip()}", flush=True)
    if name and word != "to be tried again": yield name, "\n".join(lines) if word == "FAILED" else ""
    done.wait()
    yield "runner of the notebooks", "" if ended else "\n".join(["it stopped early", *lines])


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--flags", default="", help="Run cells with these flags too, such as 'slow'")
    args = p.parse_args()
    passed = failed = 0
    checks = (check_clean, check_export, check_version, check_structure, check_coverage, check_imports)
    for check in (*checks, lambda: check_notebooks(args.flags), check_site, check_browser):
        for name, problem in check():
            failed, passed = failed + bool(problem), passed + (not problem)
            print(f"{'FAILED' if problem else 'ok'} {name}" + (f"\n{problem}" if problem else ""), flush=True)
    print(f"{passed} passed, {failed} failed")
    sys.exit(bool(failed))


if __name__ == "__main__": main()
