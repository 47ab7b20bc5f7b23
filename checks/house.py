"The house as numbers, today or at any commit: modules, lines, and arrows (which module imports which); and the way of `ought classify`."
import argparse, ast, os, subprocess, sys, threading
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import structure

root = Path(__file__).parents[1]
floors = ("", *structure.floors)


def sources(commit=None):
    "{module: source} of the files on disk, or of those of a commit; without what nbdev writes and empty files."
    if commit is None:
        found = {p.relative_to(root).as_posix(): p.read_text(encoding="utf-8") for p in (root / "ought").rglob("*.py")}
    else:
        def git(*args): return subprocess.run(["git", *args], cwd=root, capture_output=True, text=True, check=True).stdout
        paths = git("ls-tree", "-r", "--name-only", commit, "ought").split("\n")
        found = {p: git("show", f"{commit}:{p}") for p in paths if p.endswith(".py")}
    named = {p.removesuffix(".py").replace("/", ".").removesuffix(".__init__"): s for p, s in found.items()}
    return {n: s for n, s in named.items() if s.strip() and not n.endswith("_modidx")}


def arrows(modules):
    "Pairs of modules of which the first imports the second, anywhere in its code or by a name in a string."
    for name, source in modules.items():
        package = name == "ought" or any(n.startswith(name + ".") for n in modules)
        for _, target in structure.imported(ast.parse(source), name, package):
            while target not in modules and "." in target: target = target.rpartition(".")[0]
            if target in modules and target not in (name, "ought"): yield name, target


def floor(name):
    "Folder of a module, or an empty string for one that stands outside of all."
    parts = name.split(".")
    return parts[1] if len(parts) > 2 or parts[-1] in structure.floors else ""


def counts(modules):
    "The figures of the table, by name."
    pairs = set(arrows(modules))
    lines = {n: s.count("\n") for n, s in modules.items()}
    by_name = list(structure.faults(modules))
    return {
        "modules": len(modules), "lines": sum(lines.values()), "longest module": max(lines.values()),
        "modules over 450 lines": sum(n > structure.longest for n in lines.values()), "arrows": len(pairs),
        "arrows in both directions": sum((b, a) in pairs for a, b in pairs) // 2,
        "imports by a name in a string": sum("by a name in a string" in fault for _, fault in by_name)}


def between(modules):
    "Lines of a Markdown table: how many arrows lead from the floor of the row to that of the column."
    pairs = set(arrows(modules))
    have = [f for f in floors if any(floor(n) == f for n in modules)]
    yield "| from \\ to | " + " | ".join(f or "(none)" for f in have) + " |"
    yield "|---" * (len(have) + 1) + "|"
    for a in have:
        cells = [sum(floor(x) == a and floor(y) == b for x, y in pairs) or "" for b in have]
        yield f"| {a or '(none)'} | " + " | ".join(map(str, cells)) + " |"


def way(method):
    "Files of the package that `ought classify` passes through, in the order of their first call, with the calls into each from another."
    from typer.testing import CliRunner
    import ought.cli.commands as commands
    package, calls, last = str(root / "ought") + os.sep, Counter(), [None]
    functions = set()

    def note(frame, event, _):
        file = frame.f_code.co_filename
        if event != "call" or not file.startswith(package) or not frame.f_code.co_flags & 1: return  # 1: a function, not a class body
        functions.add((file, frame.f_code.co_qualname))
        if file != last[0]: calls[file.removeprefix(package)] += 1
        last[0] = file

    with TemporaryDirectory() as folder:
        sheet = Path(folder) / "sheet.csv"
        rows = [f"{'good' if i % 2 else 'bad'} film number {i} of {i % 7},{('neg', 'pos')[i % 2] if i < 20 else ''}" for i in range(120)]
        sheet.write_text("\n".join(["text,label", *rows]) + "\n", encoding="utf-8")
        threading.setprofile(note)
        sys.setprofile(note)
        try: done = CliRunner().invoke(commands.app, ["classify", str(sheet), "-o", str(sheet.with_name("out.csv")), "--method", method, "-q"])
        finally:
            sys.setprofile(None)
            threading.setprofile(None)
        if done.exit_code: sys.exit(done.output)
    print(f"{len(calls)} files, {len(functions)} functions, {calls.total():,} changes of file")
    for file, n in calls.items(): print(f"{n:>7,}  {file}")


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("commits", nargs="*", help="Commits to stand beside the files as they are")
    p.add_argument("--classify", metavar="METHOD", help="Follow `ought classify --method METHOD` on 120 rows instead")
    args = p.parse_args()
    if args.classify: sys.exit(way(args.classify))
    houses = {c: sources(c) for c in args.commits} | {"now": sources()}
    table = {c: counts(m) for c, m in houses.items()}
    print("| | " + " | ".join(table) + " |\n" + "|---" * (len(table) + 1) + "|")
    for what in table["now"]: print(f"| {what} | " + " | ".join(f"{t[what]:,}" for t in table.values()) + " |")
    print()
    for line in between(houses["now"]): print(line)
