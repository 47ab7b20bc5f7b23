"Build the docs site and the README from the notebooks' stored outputs: no cell is run, nothing is fetched."
import argparse, ast, filecmp, json, os, re, runpy, shutil, sys, tempfile
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from nbconvert import MarkdownExporter
from nbdev.config import get_config
from nbdev.processors import FilterDefaults, exec_show_docs
from nbdev.serve_drv import exec_nb
import nbformat, yaml
from smalldocs.cli import main as smalldocs

os.environ |= {"PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}  # For the processes that stage: pages are the same every time
cfg = get_config()
root = Path(cfg.config_path)
directive = re.compile(r"^#\|.*\n?", re.M)
page_link = re.compile(r"\]\((\w+)\.(?:ipynb|html)(?:#[\w.-]+)?\)")
address = re.compile(r" at 0x[0-9a-f]+")  # Of a function that is a default value: another in every run
web_font = re.compile(r"@import url\([^)]*fonts\.googleapis\.com[^)]*\);?")
private_link = re.compile(r"\[(`_\w+`)\]\(/[\w-]+\.html#[\w.-]+\)")  # To a name that has no heading of its own
icon = '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Ccircle cx=%228%22 cy=%228%22 r=%225%22 fill=%22none%22 stroke=%22%231f77b4%22 stroke-width=%224%22/%3E%3C/svg%3E">'
symbol_link = re.compile(r"\]\(/([\w-]+\.html#[\w.-]+)\)")
repository_link = re.compile(r"\[source\]\(/blob/[^)]*\)(?:\{[^}]*\})?")  # There is no repository address to link to
katex_cdn = re.compile(r"https://cdn\.jsdelivr\.net/npm/katex@[\d.]+/dist")


class RunDefinitions(exec_show_docs):
    "Run what signatures are read from, exported cells and imports; nbdev would run every cell that holds an import."
    def __call__(self, cell):
        trees = cell.parsed_() if cell.cell_type == "code" and cell.source else None
        exported = {"export", "exports"} & (cell.directives_ or {}).keys() if trees else False
        imports = trees and all(isinstance(t, (ast.Import, ast.ImportFrom)) for t in trees)
        shows = trees and "show_doc(" in cell.source
        outputs = cell.get("outputs")
        if exported or imports or shows: super().__call__(cell)
        if (exported or imports) and not shows: cell["outputs"] = outputs  # Warnings of an import are no part of the page


class PageProcessors(FilterDefaults):
    "nbdev's steps from notebook to page."
    def base_procs(self): return [RunDefinitions if p is exec_show_docs else p for p in super().base_procs()]


def stage():
    "Notebooks as a reader should see them, in _proc: hidden cells and directives gone, signatures shown."
    # What `nbdev-proc-nbs` does after an attempt to install Quarto with sudo, which is not wanted here
    staged = root / "_proc"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    shutil.copy(cfg.nbs_path / "_quarto.yml", staged)
    notebooks = sorted(cfg.nbs_path.glob("*.ipynb"))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        list(pool.map(exec_nb, notebooks, [staged / n.name for n in notebooks], [PageProcessors] * len(notebooks)))
    pages = symbol_pages()
    for nb in staged.glob("*.ipynb"):
        text = address.sub("", repository_link.sub("", nb.read_text(encoding="utf-8")))
        text = private_link.sub(r"\1", text)
        nb.write_text(symbol_link.sub(lambda m: f"]({pages.get(m[1], m[1])})", text), encoding="utf-8")
    return staged


def symbol_pages():
    "Where nbdev's links to symbols really lead: it leaves the number out of a page's name, and two notebooks are called lstm."
    modidx, pages = runpy.run_path(str(root / "ought" / "_modidx.py"))["d"]["syms"], {}
    for symbols in modidx.values():
        for link, module in symbols.values():
            notebook = re.search(r"nbs/(\w+)\.ipynb", (root / module).read_text(encoding="utf-8"))[1]
            pages[link] = f"{notebook}.html#{link.split('#')[1]}"
    return pages


# A page opened from disk may not fetch search.json; a script of the same content may be loaded
from_disk = """if (location.protocol === "file:") {
  const net = window.fetch;
  window.fetch = (url, ...rest) => !String(url).endsWith("search.json") ? net(url, ...rest) : new Promise((done, fail) => {
    const tag = document.createElement("script");
    Object.assign(tag, {src: String(url).replace(/json$/, "js"), onload: () => done(new Response(window.searchIndex)), onerror: fail});
    document.head.append(tag);
  });
}
"""


def offline(folder):
    "Let the pages do without a network, and without a server: KaTeX and the search index come with the site, fonts are the system's."
    for page in folder.rglob("*.html"):
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        text = katex_cdn.sub(f"{up}site_libs/katex", page.read_text(encoding="utf-8"))
        page.write_text(text.replace("</head>", f'{icon}<script src="{up}site_libs/from_disk.js"></script></head>', 1), encoding="utf-8")
    for css in folder.rglob("*.css"): css.write_text(web_font.sub("", css.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(root / "site" / "katex", folder / "site_libs" / "katex")
    (folder / "site_libs" / "from_disk.js").write_text(from_disk, encoding="utf-8")
    index = (folder / "search.json").read_text(encoding="utf-8")
    (folder / "search.js").write_text(f"window.searchIndex = {json.dumps(index)};\n", encoding="utf-8")


def build_site(staged, target):
    "Render the staged notebooks to `target`, replacing what is there."
    shutil.rmtree(root / "_docs", ignore_errors=True)
    if code := smalldocs(["render", "--quiet", str(staged)]): sys.exit(code)
    offline(root / "_docs")
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(root / "_docs", target)


def build_readme(staged, target):
    "README.md and its pictures from the executed index.ipynb."
    nb = nbformat.read(staged / "index.ipynb", as_version=4)
    front = yaml.safe_load(nb.cells[0].source.strip("-\n"))  # nbdev moves the title and the summary there
    nb.cells[0] = nbformat.v4.new_markdown_cell(f"# {front['title']}\n\n> {front['description']}")
    nb.metadata["language_info"] = {"name": "python"}
    nb.cells = [c for c in nb.cells if "AUTOGENERATED" not in c.source]
    for cell in nb.cells:
        cell.source = directive.sub("", cell.source)
        cell.source = page_link.sub(r"](nbs/\1.ipynb)", cell.source)
    text, extra = MarkdownExporter().from_notebook_node(nb, {"output_files_dir": "README_files"})
    target.mkdir(exist_ok=True)
    for name, data in extra["outputs"].items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(data)
    text = re.sub(r"<style scoped>.*?</style>\n?", "", text, flags=re.S)
    (target / "README.md").write_text(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", encoding="utf-8")


def differs(a, b):
    "Files that are not the same under both folders."
    names = {p.relative_to(d).as_posix() for d in (a, b) for p in d.rglob("*") if p.is_file()}
    return sorted(n for n in names if not ((a / n).exists() and (b / n).exists() and filecmp.cmp(a / n, b / n, shallow=False)))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--check", action="store_true", help="Build elsewhere, and fail where the committed files differ")
    args = p.parse_args()
    staged = stage()
    if not args.check:
        build_site(staged, cfg.doc_path)
        build_readme(staged, root)
        return
    with tempfile.TemporaryDirectory(dir=root, prefix=".site-") as tmp:
        tmp = Path(tmp)
        build_site(staged, tmp / "docs")
        build_readme(staged, tmp / "readme")
        stale = [f"docs/{n}" for n in differs(tmp / "docs", cfg.doc_path)]
        stale += [n.relative_to(tmp / "readme").as_posix() for n in (tmp / "readme").rglob("*") if n.is_file()
                  and not ((root / n.relative_to(tmp / "readme")).exists() and filecmp.cmp(n, root / n.relative_to(tmp / "readme"), shallow=False))]
    for name in stale: print(f"{name} is out of date: run `make docs` and commit it")
    print(f"site and README: {'out of date' if stale else 'up to date'}")
    sys.exit(bool(stale))


if __name__ == "__main__": main()
