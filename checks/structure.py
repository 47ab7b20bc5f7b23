"No module imports upward: not inside a function, not by a name in a string; none is too long to have one subject, or imports what it does not use."
import ast, re, sys
from pathlib import Path

root = Path(__file__).parents[1]
floors = ("data", "text", "models", "transfer", "fewshot", "labelling", "cli")
longest = 450  # Lines of a module
notebook = re.compile(r"File to edit: \S*nbs/(\w+)\.ipynb")
word = re.compile(r"\w+")
in_string = re.compile(r"\bought(?:\.\w+)+")


def place(name):
    "Floor of module `name`, such as 'ought.text.words'; the challenge's names and `python -m ought` stand above all floors."
    parts = name.split(".")
    if len(parts) > 1 and parts[1] in floors: return floors.index(parts[1])
    return -1 if parts == ["ought"] else len(floors)


def imported(tree, name, is_package):
    "Modules of the package that module `name` imports, anywhere in its code, or names in a string."
    package = name.split(".") if is_package else name.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import): yield from ((node.lineno, a.name) for a in node.names if a.name.split(".")[0] == "ought")
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[:len(package) - node.level + 1]) if node.level else ""
            target = ".".join(filter(None, (base, node.module)))
            if target.split(".")[0] == "ought": yield from ((node.lineno, f"{target}.{a.name}") for a in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            for part in ast.walk(node):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield from ((node.lineno, m) for m in in_string.findall(part.value.replace("{", ".").replace("}", "")))
            if any(isinstance(part, ast.JoinedStr) for part in ast.walk(node)): yield node.lineno, "ought.?"


def unused(source):
    "Imports that a module makes no use of, as (line, name): what is imported for its effect says so in a comment."
    tree, lines, found = ast.parse(source), source.splitlines(), {}
    for node in ast.walk(tree):
        if not isinstance(node, (ast.Import, ast.ImportFrom)) or "#" in lines[node.lineno - 1]: continue
        for a in node.names: found[(a.asname or a.name).split(".")[0]] = node.lineno
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    for node in ast.walk(tree):  # Annotations and `__all__` name things in strings
        if isinstance(node, ast.Constant) and isinstance(node.value, str): used.update(word.findall(node.value))
    return [(line, name) for name, line in found.items() if name not in used | {"*"}]


def faults(sources):
    "Faults of modules given as {name: source}, as (module, fault)."
    number = {name: m[1] for name, source in sources.items() if (m := notebook.search(source))}
    for name, source in sources.items():
        lines = source.count("\n")
        if lines > longest: yield name, f"{lines} lines, more than {longest}: cut it where its subject changes"
        if number.get(name): yield from ((name, f"line {line}: imports {used}, which it does not use") for line, used in unused(source))
        for line, target in imported(ast.parse(source), name, name in {n.rpartition(".")[0] for n in sources}):
            if target == "ought.?": yield name, f"line {line}: imports a module by a name in a string"; continue
            while target not in sources and "." in target: target = target.rpartition(".")[0]
            if target == name or place(target) < 0: continue
            if place(target) > place(name): yield name, f"line {line}: imports {target}, from a floor above"
            elif place(target) == place(name) and number.get(target, "") > number.get(name, "~"):
                yield name, f"line {line}: imports {target}, from a later notebook"


def test():
    "What the check has to find, in modules made up for it."
    head = "# File to edit: ../../nbs/{}.ipynb.\n"
    made = {"ought.text.words": head.format("11_words"), "ought.fewshot.lstm": head.format("45_lstm"), "ought.text.bpe": head.format("14_bpe")}
    for bad in ("from ought.fewshot.lstm import x", "def f():\n    from ..fewshot import lstm", "import_module('ought.fewshot.lstm')",
            "import_module(f'ought.{m}')", "import ought.fewshot.lstm", "from .bpe import x"):
        found = list(faults(made | {"ought.text.words": made["ought.text.words"] + bad + "  # For this test\n"}))
        assert [m for m, _ in found] == ["ought.text.words"], (bad, found)
    for bad in ("import re", "from os import path, sep\nsep", "def f():\n    import re"):
        assert [f for _, f in faults(made | {"ought.text.bpe": made["ought.text.bpe"] + bad + "\n"}) if "not use" in f], bad
    assert not list(faults(made | {"ought.text.bpe": made["ought.text.bpe"] + "import re  # Brings nothing\nfrom os import *\nimport os.path\nos.sep\n"}))
    assert not list(faults(made | {"ought.fewshot.lstm": made["ought.fewshot.lstm"] + "from ..text.words import x\nimport ought\nought.x(x)\n"}))


if __name__ == "__main__":
    test()
    paths = {".".join(p for p in path.relative_to(root).with_suffix("").parts if p != "__init__"): path for path in sorted((root / "ought").rglob("*.py"))}
    found = list(faults({n: p.read_text(encoding="utf-8") for n, p in paths.items() if p.name != "_modidx.py"}))
    for name, fault in found: print(f"{name}: {fault}")
    sys.exit(f"structure: {len(found)} faults" if found else 0)
