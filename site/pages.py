"""nbdev's steps from notebook to page, and two of our own: each definition is shown once, as its source under its name, and names
link where they are defined. pyproject.toml's `skip_procs` leaves out nbdev's signatures, for which it would run code."""
import ast, re, runpy
from functools import cache
from pathlib import Path

from fastcore.basics import AttrDict
from fastcore.nbio import mk_cell
from nbdev.config import get_config
from nbdev.doclinks import NbdevLookup
from nbdev.processors import FilterDefaults, FrontmatterProc, Processor, add_links

root = Path(get_config().config_path)
source_line = re.compile(r"File to edit: \S*nbs/(\w+)\.ipynb")
backticks = re.compile(r"(?<!\[)`([A-Za-z_][\w.]*)(\(\))?`(?!\])")
telling = re.compile(r"[._A-Z]")  # What a word of plain English does not hold


@cache
def notebook_modules():
    "Module of each notebook, by name."
    found = ((source_line.search(p.read_text(encoding="utf-8")), p) for p in sorted((root / "ought").rglob("*.py")))
    return {m[1]: ".".join(p.relative_to(root).with_suffix("").parts) for m, p in found if m}


@cache
def definitions():
    "Where each public name of the package is defined: {name: {notebook: anchor}}."
    symbols = runpy.run_path(str(root / "ought" / "_modidx.py"))["d"]["syms"]
    found = {}
    for notebook, module in notebook_modules().items():
        for full in symbols.get(module, {}):
            name = full.removeprefix(f"{module}.")
            if not any(part.startswith("_") for part in name.split(".")): found.setdefault(name, {})[notebook] = name.lower()
    return found


def target(name, here, others=None):
    "Address of the definition of `name` as seen from notebook `here`, or None."
    places = definitions().get(name, {})
    if here in places: return f"#{places[here]}"
    if not telling.search(name): return None  # `fit` or `label` elsewhere may be a method, a field or a command
    if len(places) == 1: return "{}.html#{}".format(*next(iter(places.items())))
    public = not any(part.startswith("_") for part in name.split("."))
    return others.doc(name) if others and public and not places else None


def linked(text, here, others=None):
    "`text` in Markdown with a link at each name in backticks that is defined somewhere; code blocks and headings stay as they are."
    def link(m):
        address = target(m[1], here, others)
        return f"[{m[0]}]({address})" if address else m[0]
    lines, fenced = text.split("\n"), False
    for i, line in enumerate(lines):
        if line.lstrip().startswith("```"): fenced = not fenced
        elif not fenced and not line.startswith(("    ", "#")): lines[i] = outside_links(line, link)
    return "\n".join(lines)


def outside_links(line, link):
    "Put links into what stands outside of links already there."
    parts = re.split(r"(\[[^\]]*\]\([^)]*\))", line)
    return "".join(p if i % 2 else backticks.sub(link, p) for i, p in enumerate(parts))


def owners(node):
    "Names under which a definition is known: its own, or `Class.method` for a method that is patched into a class."
    args = node.args.args if isinstance(node, ast.FunctionDef) else []
    if args and args[0].annotation and any("patch" in ast.unparse(d) for d in node.decorator_list):
        return [f"{o.strip()}.{node.name}" for o in ast.unparse(args[0].annotation).split("|")]
    return [node.name]


def pieces(source):
    "Cut exported source before each public definition: (names, source) of each piece that holds code, in order."
    lines, starts = source.split("\n"), {}
    for node in ast.parse(source).body:
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)): continue
        names = [n for n in owners(node) if not any(part.startswith("_") for part in n.split("."))]
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
        while first and lines[first - 1].startswith("#") and not lines[first - 1].startswith("#|"): first -= 1
        if names: starts[first] = names
    cuts = sorted({0, *starts}) + [len(lines)]
    for a, b in zip(cuts, cuts[1:]):
        text = "\n".join(lines[a:b]).strip("\n")
        if any(line and not line.startswith("#|") for line in text.split("\n")): yield starts.get(a, []), text


class Definitions(Processor):
    "Show exported cells as they are, each public definition under a heading with its name and an address; fold imports away."
    def begin(self):
        cells = []
        for cell in self.nb.cells:
            directives = (cell.directives_ or {}) if cell.cell_type == "code" else {}
            if "hide" in directives or not {"export", "exports"} & directives.keys() or not cell.source: cells.append(cell)
            else: cells += list(self.shown(cell))
        self.nb.cells[:] = cells
        for i, cell in enumerate(self.nb.cells): cell.idx_ = i

    def shown(self, cell):
        tree = ast.parse(cell.source).body
        if tree and all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree):
            cell.source = f'#| code-fold: true\n#| code-summary: "Imports of the module"\n{cell.source}'
        *before, (names, last) = list(pieces(cell.source)) or [([], cell.source)]
        for above, text in before:
            yield from map(heading, above)
            new = mk_cell(text)
            new.metadata = AttrDict()
            yield new
        yield from map(heading, names)
        cell.source = last
        yield cell


def heading(name):
    "A heading that links can lead to."
    return mk_cell(f"#### `{name}` {{#{name.lower()}}}", "markdown")


class ShowExports(Processor):
    "Take the mark off exported cells, so that nbdev's later steps leave them on the page."
    def cell(self, cell):
        if cell.cell_type == "code":
            for d in ("export", "exports"): cell.directives_.pop(d, None)


class Links(Processor):
    "Names in backticks lead to this notebook's own definition, else to the one of the package, else to that of a library."
    def begin(self):
        self.here, self.others = Path(self.nb.path_).stem, NbdevLookup(skip_mods=None)

    def cell(self, cell):
        if cell.cell_type == "markdown" and cell.source: cell.source = linked(cell.source, self.here, self.others)
        for out in cell.get("outputs", []):
            if "text/markdown" in out.get("data", {}):
                out["data"]["text/markdown"] = linked("".join(out["data"]["text/markdown"]), self.here, self.others)


class PageProcessors(FilterDefaults):
    "nbdev's steps from notebook to page; no code is run."
    def base_procs(self):
        steps = [Links if p is add_links else p for p in super().base_procs()]
        at = steps.index(FrontmatterProc) + 1
        return [*steps[:at], Definitions, ShowExports, *steps[at:]]
