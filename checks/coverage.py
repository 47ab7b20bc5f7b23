"Every public name is documented: docstring, and for each parameter a type (or a default that shows it) and a description."
import ast, re, sys
from pathlib import Path

root = Path(__file__).parents[1]
# What a library calls and describes: hooks of fastai, PyTorch and scikit-learn
hook = re.compile(r"\.(__init__|forward|extra_repr|reset|get_preds|activation|decodes|encodes|setups|(before|after)_\w+)$")


def comments(source):
    "Comment of each line that has one."
    import io, tokenize
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokenize.generate_tokens(io.StringIO(source).readline) if t.type == tokenize.COMMENT}


def describes(annotation):
    "Does an annotation hold a description: `Annotated[...]`, or `option(kind, told)` and `argument(kind, metavar, told)` of the command line?"
    text = ast.unparse(annotation)
    if text.startswith("Annotated["): return True
    place = {"option": 1, "argument": 2}.get(getattr(getattr(annotation, "func", None), "id", ""))
    if place is None or len(annotation.args) <= place: return False
    told = annotation.args[place]
    return isinstance(told, ast.JoinedStr) or isinstance(told, ast.Constant) and isinstance(told.value, str) and bool(told.value.strip())


def signature_faults(f, notes, aliases=()):
    "What the signature of function `f` leaves unsaid; `aliases` are names of annotations that hold a description."
    a = f.args
    positional = a.posonlyargs + a.args
    defaults = dict(zip([p.arg for p in positional[len(positional) - len(a.defaults):]], a.defaults))
    defaults |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None}
    params = [p for p in positional + a.kwonlyargs if p.arg not in ("self", "cls")]
    for p in params:
        if p.annotation and (describes(p.annotation) or ast.unparse(p.annotation) in aliases): continue
        telling = p.arg in defaults and not (isinstance(defaults[p.arg], ast.Constant) and defaults[p.arg].value is None)
        if not p.annotation and not telling: yield f"parameter {p.arg!r} has no type"
        note = notes.get(p.end_lineno if p.arg not in defaults else defaults[p.arg].end_lineno, "")
        if not note: yield f"parameter {p.arg!r} has no description"
        elif "Tensor" in (ast.unparse(p.annotation) if p.annotation else "") and "(" not in note and not re.search(r"shape|scalar|one number", note, re.I):
            yield f"parameter {p.arg!r}: no shape"
    if returns(f) and not f.returns and not notes.get(f.body[0].lineno - 1): yield "neither type nor description of what it returns"


def returns(f):
    "Does function `f` itself return a value?"
    todo = list(f.body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Return) and node.value and not (isinstance(node.value, ast.Constant) and node.value.value is None): return True
        if not isinstance(node, (ast.FunctionDef, ast.Lambda, ast.ClassDef)): todo += ast.iter_child_nodes(node)
    return False


def public_functions(tree):
    "Functions and methods whose names do not start with an underscore, with the name to report."
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not node.name.startswith("_"):
            owner = node.args.args[0].annotation if node.args.args and any("patch" in ast.unparse(d) for d in node.decorator_list) else None
            if not (owner and ast.unparse(owner).startswith("_")): yield (f"{ast.unparse(owner)}." if owner else "") + node.name, node
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name, node
            for f in node.body:
                if isinstance(f, ast.FunctionDef) and (f.name == "__init__" or not f.name.startswith("_")): yield f"{node.name}.{f.name}", f


def inherited(name, bases, public):
    "Does method `name`, such as 'A.fit', override one that a base class of the package describes?"
    owner, _, method = name.rpartition(".")
    return any(f"{b}.{method}" in public or inherited(f"{b}.{method}", bases, public) for b in bases.get(owner, ()))


def faults(sources):
    "Faults of modules given as {path: source}, as (path, fault)."
    trees = {path: ast.parse(source) for path, source in sources.items()}
    public = {name for tree in trees.values() for name, _ in public_functions(tree)}
    bases = {n.name: [ast.unparse(b) for b in n.bases] for tree in trees.values() for n in tree.body if isinstance(n, ast.ClassDef)}
    # Options of the command line are described once, and used by their names in several modules
    aliases = {n.targets[0].id for tree in trees.values() for n in tree.body
               if isinstance(n, ast.Assign) and describes(n.value)}
    for path, tree in trees.items():
        notes = comments(sources[path])
        for name, node in public_functions(tree):
            if not name.endswith("__init__") and inherited(name, bases, public): continue
            if not hook.search(name) and not ast.get_docstring(node): yield path, f"{name}: no docstring"
            if isinstance(node, ast.ClassDef) or re.search(r"\.(extra_repr|get_preds|activation|decodes|encodes|setups)$", name): continue
            for fault in signature_faults(node, notes, aliases): yield path, f"{name}: {fault}"


def test():
    "What the check has to find, in a function made up for it."
    for bad in ("x", "x:int", "x:option(int)", "x:option(int, '')", "x:argument(int, 'X')", "x:option(int, told)"):
        assert [*signature_faults(ast.parse(f"def f({bad}): pass").body[0], {})], bad
    for good in ("x:option(int, 'How many.')", "x:argument(int, 'X', 'How many.')", "x:Annotated[int, 'How many.']"):
        assert not [*signature_faults(ast.parse(f"def f({good}): pass").body[0], {})], good


if __name__ == "__main__":
    test()
    found = list(faults({p: p.read_text(encoding="utf-8") for p in sorted((root / "ought").rglob("*.py")) if not p.name.startswith("_")}))
    for path, fault in found: print(f"{path.relative_to(root)}: {fault}")
    sys.exit(f"coverage: {len(found)} faults" if found else 0)
