"Build the docs site and the README from the notebooks' stored outputs: no cell is run, nothing is fetched."
import argparse, ast, base64, gzip, io, itertools, json, lzma, os, re, shutil, sys, tarfile, tempfile
from pathlib import Path

from PIL import Image
from bs4 import BeautifulSoup, NavigableString
from nbconvert import MarkdownExporter
from nbdev.config import get_config
from nbdev.serve_drv import exec_nb
from traitlets.config import Config
import nbformat, yaml
from smalldocs.cli import main as smalldocs

from pages import PageProcessors, notebook_modules

os.environ |= {"PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"}  # For the processes that stage: pages are the same every time
cfg = get_config()
root = Path(cfg.config_path)
directive = re.compile(r"^#\|.*\n?", re.M)
page_link = re.compile(r"\]\((\w+)\.(?:ipynb|html)(?:#[\w.-]+)?\)")
address = re.compile(r" at 0x[0-9a-f]+")  # Of a function that is a default value: another in every run
web_font = re.compile(r"@import url\([^)]*fonts\.googleapis\.com[^)]*\);?")
readme_symbol = re.compile(r"\[(`[^`]+`)\]\(\w+\.html#[\w.-]+\)")  # On a page a link to the definition, in the README a name
silent = Config({"TagRemovePreprocessor": {"enabled": True, "remove_input_tags": ["silent"]}})
icon = '<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22 viewBox=%220 0 16 16%22%3E%3Ccircle cx=%228%22 cy=%228%22 r=%225%22 fill=%22none%22 stroke=%22%231f77b4%22 stroke-width=%224%22/%3E%3C/svg%3E">'
picture = re.compile(r'(?<=src=")data:image/png;base64,([A-Za-z0-9+/=\s]+)(?=")')
coloured_operator = re.compile(r'<span class="op">([^<]*)</span>')  # Every comma has one: a fifteenth of the site, for a shade of grey
menu_text = re.compile(r'<span class="menu-text">([^<]*)</span>')  # No rule of style is for it, and 90 pages have 90 of them
side_link = re.compile(r'<div class="sidebar-item-container">(<a [^>]*class=")sidebar-item-text (sidebar-link[^>]*>[^<]*</a>)</div>(?=</li>)')
neighbours = re.compile(r'<span class="(\w+)">([^<]*)</span>((?:<span class="\1">[^<]*</span>)+)')  # A string comes as three: quote, text, quote
scripts = re.compile(r"(<script.*?</script>|<style.*?</style>)", re.S)
tag, plain_value = re.compile(r"<[a-zA-Z][^<>]*>"), re.compile(r'(\s[\w-]+=)"([\w.#:-]+)"(?=[\s>])')
katex_cdn = re.compile(r"https://cdn\.jsdelivr\.net/npm/katex@[\d.]+/dist")


def stage():
    "Notebooks as a reader should see them, in _proc: hidden cells and directives gone, each definition under its name."
    staged = root / "_proc"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir()
    site = yaml.safe_load((cfg.nbs_path / "_quarto.yml").read_text(encoding="utf-8"))
    site["website"] |= repository(cfg)
    (staged / "_quarto.yml").write_text(yaml.dump(site, sort_keys=False), encoding="utf-8")
    shutil.copy(cfg.nbs_path / "styles.css", staged)
    notebooks = sorted(cfg.nbs_path.glob("*.ipynb"))
    for path in notebooks: exec_nb(path, staged / path.name, PageProcessors)
    modules = notebook_modules()
    finish(staged, [n.stem for n in notebooks], modules)
    (staged / "api.qmd").write_text(api_page(modules), encoding="utf-8")
    return staged


def sidebar():
    "The text of nbs/_quarto.yml with the notebooks that there are, floor by floor."
    text = (cfg.nbs_path / "_quarto.yml").read_text(encoding="utf-8")
    names = sorted(p.stem for p in cfg.nbs_path.glob("[0-9]*.ipynb"))
    for floor, numbers in enumerate(("0", "1", "2", "3", "45", "6", "789")):
        listed = "".join(f"          - {n}.ipynb\n" for n in names if n[0] in numbers)
        text = re.sub(rf'(- section: "{floor} .*"\n        contents:\n)(?: {{10}}- .*\n)+', lambda m: m[1] + listed, text)
    return text


def finish(staged, names, modules):
    "What nbdev leaves to do on the staged notebooks `names`: addresses in memory, the line under the title."
    times = run_times()
    for name in names:
        path = staged / f"{name}.ipynb"
        nb = json.loads(address.sub("", path.read_text(encoding="utf-8")))
        line = facts(name, modules.get(name), times.get(name), cfg)
        if name != "index": nb["cells"].insert(1, dict(cell_type="markdown", id="facts", metadata={}, source=line))
        path.write_text(json.dumps(nb, indent=1, ensure_ascii=False), encoding="utf-8")


def repository(cfg):
    "What the site says of the repository, where `[project.urls]` of pyproject.toml gives its address."
    folder = Path(cfg.nbs_path).name
    return {"repo-url": cfg.git_url, "repo-branch": cfg.branch, "repo-subdir": folder, "repo-actions": ["source", "issue"]} if cfg.git_url else {}


def facts(name, module, seconds, cfg):
    "The line under the title of notebook `name`: module, run time, and ways to get at the notebook."
    parts = [f"Module [`{module}`](api.qmd#{module})"] if module else []
    if seconds: parts.append(f"runs in about {nice(seconds)} on two cores")
    parts.append(f'<a href="{archive_of(name)}" download>the notebooks of this part</a> to open in JupyterLab')
    if cfg.git_url:
        blob = f"blob/{cfg.branch}/{Path(cfg.nbs_path).name}/{name}.ipynb"
        parts.append(f"[source]({cfg.git_url}/{blob})")
        if "//github.com/" in cfg.git_url: parts.append(f"[open in Colab](https://colab.research.google.com/github/{cfg.user}/{cfg.repo}/{blob})")
    return "::: {.notebook-facts}\n" + " · ".join(parts) + "\n:::"


def archive_of(name):
    "The archive that holds notebook `name`, beside all stored results: one for the course, one for the tool, each below the megabyte that a file may have."
    return "course.tar.xz" if name[0] in "0123" else "tool.tar.xz"


def nice(seconds):
    "Seconds as a reader wants them: 7 s, 40 s, 3 min."
    return f"{max(1, round(seconds))} s" if seconds < 10 else f"{5 * round(seconds / 5)} s" if seconds < 100 else f"{round(seconds / 60)} min"


def run_times():
    "Seconds of each notebook, by name; `checks/notebooks.py --times` measures them."
    stored = cfg.nbs_path / "results" / "run_times.json"
    return json.loads(stored.read_text(encoding="utf-8")) if stored.exists() else {}


def api_page(modules):
    "Every module with its public names and what they are, for someone who looks one up."
    text = ["---", "title: API", "description: Every public name of the package, module by module, with a link to its definition.", "---", ""]
    for notebook, module in sorted(modules.items()):
        tree = ast.parse((root / Path(*module.split("."))).with_suffix(".py").read_text(encoding="utf-8"))
        rows = [f"| [`{name}`]({notebook}.ipynb#{name.lower()}) | {said} |" for name, said in public_names(tree)]
        constants = ", ".join(f"`{name}`" for name in public_constants(tree))
        title = json.loads((cfg.nbs_path / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"][0]["source"][0].strip("# \n")
        text += [f"## {module} {{#{module}}}", "", f"From the notebook [{title}]({notebook}.ipynb).", "", "| name | what it is |", "|---|---|", *rows, "", f"Constants: {constants}." if constants else "", ""]
    return "\n".join(text)


def public_constants(tree):
    "Public names that a module assigns, but for annotations of a parameter."
    for node in tree.body:
        if not isinstance(node, ast.Assign) or ast.unparse(node.value).startswith(("Annotated[", "Literal[", "option(", "argument(")): continue
        for target in node.targets:
            yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store) and not n.id.startswith("_"))


def public_names(tree):
    "Public functions and classes of a module, and methods patched into a class, each with the first line of its docstring."
    for node in tree.body:
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)): continue
        patched = isinstance(node, ast.FunctionDef) and any("patch" in ast.unparse(d) for d in node.decorator_list)
        owners = ast.unparse(node.args.args[0].annotation).split("|") if patched else [""]
        said = (ast.get_docstring(node) or "").split("\n")[0].replace("|", "\\|")
        for owner in owners:
            name = ".".join(filter(None, (owner.strip(), node.name)))
            if not any(part.startswith("_") for part in name.split(".")) and (said or not patched): yield name, said


# A page opened from disk may not fetch search.json; a script of the same content, packed, may be loaded, there and on a server
from_disk = """const net = window.fetch;
const load = src => new Promise((done, fail) => {
  const tag = document.createElement("script");
  Object.assign(tag, {src, onload: done, onerror: fail});
  document.head.append(tag);
});
const unpack = text => {
  const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
  return new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
};
window.fetch = (url, ...rest) => {
  if (!String(url).endsWith("search.json")) return net(url, ...rest);
  return load(String(url).replace(/json$/, "js")).then(() => new Response(unpack(window.searchIndex)));
};
"""


def search_entries(page):
    "What the search knows of one page: the text under each heading, without code and its output."
    main = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").find("main")
    for e in main.select("style, .notebook-facts, .cell-code, .cell-output:not(.cell-output-markdown), .page-navigation, #title-block-header .breadcrumb"): e.decompose()
    title = main.find("h1").get_text()
    entry = {"href": page.name, "title": title, "section": "", "text": []}
    for node in main.descendants:
        if getattr(node, "name", None) in ("h2", "h3", "h4") and node.get("data-anchor-id"):
            yield entry | {"text": " ".join(" ".join(entry["text"]).split())}
            entry = {"href": f"{page.name}#{node['data-anchor-id']}", "title": title, "section": node.get_text(), "text": []}
        elif type(node) is NavigableString and node.find_parent(["h1", "h2", "h3", "h4", "script", "button"]) is None: entry["text"].append(str(node))
    yield entry | {"text": " ".join(" ".join(entry["text"]).split())}


def smaller(data, target):
    "Write the picture of base64 `data` to `target` with 256 colours, a fourth of its size; return the link to it."
    target.parent.mkdir(exist_ok=True)
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    picture.quantize(256, Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(target, optimize=True)
    return f"{target.parent.name}/{target.name}"


def land_links(folder):
    "Let a link to a method that has no heading of its own lead to its class."
    ids = {p.name: set(re.findall(r' id="([^"]+)"', p.read_text(encoding="utf-8"))) for p in folder.glob("*.html")}
    for page in folder.glob("*.html"):
        def landed(m):
            there, name, owner = ids.get(m[1] or page.name, ()), m[2], m[2].split(".")[0]
            return f'href="{m[1]}#{owner}"' if name not in there and owner in there else m[0]
        page.write_text(re.sub(r'href="(\w+\.html|)#(\w+\.[\w.]+)"', landed, page.read_text(encoding="utf-8")), encoding="utf-8")


def together(m):
    "One span for neighbours of one class."
    return f'<span class="{m[1]}">{m[2]}{re.sub("<[^>]*>", "", m[3])}</span>'


def few_icons(folder):
    "Keep the rules of the icons that the pages show, and of the icons' font the form that every browser of today reads."
    seen = set().union(*(re.findall(r"\bbi-[\w-]+", p.read_text(encoding="utf-8")) for p in [*folder.glob("*.html"), *folder.rglob("smalldocs.*")]))
    for css in folder.rglob("bootstrap-icons*.css"):
        text = re.sub(r"\.(bi-[\w-]+)::before\{[^}]*\}", lambda m: m[0] if m[1] in seen else "", css.read_text(encoding="utf-8"))
        css.write_text(re.sub(r',\s*url\("?[^)]*\.woff[^2)][^)]*\)\s*format\("woff"\)', "", text), encoding="utf-8")
    for font in folder.rglob("bootstrap-icons.woff"): font.unlink()


def offline(folder):
    "Let the pages do without a network, and without a server: pictures are files, KaTeX and the search index come with the site, fonts are the system's."
    for page in folder.rglob("*.html"):
        up = "../" * (len(page.relative_to(folder).parts) - 1)
        text = katex_cdn.sub(f"{up}site_libs/katex", page.read_text(encoding="utf-8"))
        text = menu_text.sub(r"\1", coloured_operator.sub(r"\1", text))
        text = side_link.sub(r"\1\2", neighbours.sub(together, text))  # A flex box around a single link: 90 pages have 90 of them
        pictures = itertools.count()
        text = picture.sub(lambda m: smaller(m[1], folder / f"{page.stem}_files" / f"{next(pictures)}.png"), text)
        page.write_text(text.replace("</head>", f'{icon}<script src="{up}site_libs/from_disk.js"></script></head>', 1), encoding="utf-8")
    few_icons(folder)
    for css in folder.rglob("*.css"): css.write_text(web_font.sub("", css.read_text(encoding="utf-8")), encoding="utf-8")
    shutil.copytree(root / "site" / "katex", folder / "site_libs" / "katex")
    (folder / "site_libs" / "from_disk.js").write_text(from_disk, encoding="utf-8")
    (folder / "search.json").unlink()
    entries = [e for page in sorted(folder.glob("*.html")) for e in search_entries(page)]
    packed = gzip.compress(json.dumps(entries, ensure_ascii=False).encode(), mtime=0)
    (folder / "search.js").write_text(f'window.searchIndex = "{base64.b64encode(packed).decode()}";\n', encoding="utf-8")


def slim(folder):
    "Leave out the quotes of attributes that need none, and classes that no rule of style is for: half a megabyte."
    for page in folder.glob("*.html"):
        parts = scripts.split(page.read_text(encoding="utf-8"))
        parts[::2] = [tag.sub(lambda m: plain_value.sub(r"\1\2", m[0]), p).replace("<li class=sidebar-item>", "<li>") for p in parts[::2]]
        page.write_text("".join(parts), encoding="utf-8")


def pack_notebooks(folder):
    "Write the notebooks, without outputs, and the stored results that they read to archives in `folder`: folders that run in JupyterLab."
    members = {f"notebooks/{p.name}": without_outputs(p) for p in sorted(cfg.nbs_path.glob("*.ipynb"))}
    for path in sorted((cfg.nbs_path / "results").glob("*.json")):
        small = json.dumps(json.loads(path.read_text(encoding="utf-8")), ensure_ascii=False, separators=(",", ":"))
        members[f"notebooks/results/{path.name}"] = small.encode()
    for target in ("course.tar.xz", "tool.tar.xz"):
        with tarfile.open(folder / target, "w:xz", preset=9 | lzma.PRESET_EXTREME) as archive:
            for name, data in members.items():
                if name.endswith(".ipynb") and archive_of(Path(name).stem) != target: continue
                member = tarfile.TarInfo(name)  # Without a date: the same archive every time
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))


def without_outputs(path):
    "The notebook at `path` as bytes, without what its cells gave."
    nb = json.loads(path.read_text(encoding="utf-8"))
    for cell in nb["cells"]:
        if cell["cell_type"] == "code": cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(nb, indent=1, ensure_ascii=False) + "\n").encode()


def build_site(staged, target):
    "Render the staged notebooks to `target`, replacing what is there."
    shutil.rmtree(root / "_docs", ignore_errors=True)
    if code := smalldocs(["render", "--quiet", str(staged)]): sys.exit(code)
    offline(root / "_docs")
    land_links(root / "_docs")
    slim(root / "_docs")
    pack_notebooks(root / "_docs")
    shutil.rmtree(target, ignore_errors=True)
    shutil.move(root / "_docs", target)


def build_readme(staged, target):
    "README.md and its pictures from the executed index.ipynb."
    nb = nbformat.read(staged / "index.ipynb", as_version=4)
    front = yaml.safe_load(nb.cells[0].source.strip("-\n"))  # nbdev moves the title and the summary there
    nb.cells[0] = nbformat.v4.new_markdown_cell(f"# {front['title']}\n\n> {front['description']}")
    nb.metadata["language_info"] = {"name": "python"}
    nb.cells = [c for c in nb.cells if "AUTOGENERATED" not in c.source]
    sources = [c.source for c in nb.cells]
    for cell in nb.cells:
        cell.metadata = {"tags": ["silent"] if "#| echo: false" in cell.source else []}
        cell.source = readme_symbol.sub(r"\1", directive.sub("", cell.source))
        cell.source = page_link.sub(r"](nbs/\1.ipynb)", cell.source)
    text, extra = MarkdownExporter(config=silent).from_notebook_node(nb, {"output_files_dir": "README_files"})
    target.mkdir(exist_ok=True)
    for name, data in extra["outputs"].items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(data)
    alts = iter(re.findall(r"#\| fig-alt: (.*)", "\n".join(sources)))
    text = re.sub(r"\s*!\[png\]\((.*?)\)\s*", lambda m: f"\n\n![{next(alts)}]({m[1]})\n\n", text)
    text = re.sub(r"<style scoped>.*?</style>\n?", "", text, flags=re.S)
    (target / "README.md").write_text(re.sub(r"\n{3,}", "\n\n", text).strip() + "\n", encoding="utf-8")


def check_links():
    "Once pyproject.toml holds an address, pages link to the source and to Colab; without one they do not."
    with tempfile.TemporaryDirectory() as tmp:
        settings = "[project]\nname = 'ought'\n{}[tool.nbdev]\nnbs_path = 'nbs'\n"
        for urls in ("", "[project.urls]\nRepository = 'https://github.com/someone/ought'\n"):
            (Path(tmp) / "pyproject.toml").write_text(settings.format(urls), encoding="utf-8")
            line, site = facts("22_lstm", "ought.models.lstm", 41.7, other := get_config(tmp)), repository(other)
            assert "[`ought.models.lstm`](api.qmd#ought.models.lstm) · runs in about 40 s on two cores" in line
            assert ("[source](https://github.com/someone/ought/blob/main/nbs/22_lstm.ipynb)" in line) == bool(urls)
            assert ("(https://colab.research.google.com/github/someone/ought/blob/main/nbs/22_lstm.ipynb)" in line) == bool(urls)
            assert site.get("repo-url", "") == ("https://github.com/someone/ought" if urls else "")


def content(path):
    "What a file holds. Compressed bytes depend on the compressor, so of a picture its pixels, of an archive its members, of the search index its text."
    if path.suffix == ".png":
        picture = Image.open(path).convert("RGBA")
        return picture.size, picture.tobytes()
    if path.name == "search.js": return gzip.decompress(base64.b64decode(path.read_text(encoding="utf-8").split('"')[1]))
    if path.suffix == ".xz":
        with tarfile.open(path) as archive: return {m.name: archive.extractfile(m).read() for m in archive}
    return path.read_bytes()


def differs(a, b):
    "Files that do not hold the same under both folders."
    names = {p.relative_to(d).as_posix() for d in (a, b) for p in d.rglob("*") if p.is_file()}
    return sorted(n for n in names if not ((a / n).exists() and (b / n).exists() and content(a / n) == content(b / n)))


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--check", action="store_true", help="Build elsewhere, and fail where the committed files differ")
    args = p.parse_args()
    check_links()
    listing = cfg.nbs_path / "_quarto.yml"
    if not args.check: listing.write_text(sidebar(), encoding="utf-8")
    elif listing.read_text(encoding="utf-8") != sidebar(): sys.exit("nbs/_quarto.yml does not list the notebooks: run `make docs`")
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
                  and not ((root / n.relative_to(tmp / "readme")).exists() and content(n) == content(root / n.relative_to(tmp / "readme")))]
    for name in stale: print(f"{name} is out of date: run `make docs` and commit it")
    print(f"site and README: {'out of date' if stale else 'up to date'}")
    sys.exit(bool(stale))


if __name__ == "__main__": main()
