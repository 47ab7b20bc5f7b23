"Open every page of docs/ in headless Chromium, as a reader would, and follow its links."
import functools, http.server, re, shutil, sys, threading
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

root = Path(__file__).parents[1]
chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# What the page holds, asked of the browser: link targets, anchors, TeX that was not rendered or is wrong, the pages before and
# after it (at its foot, and in the sidebar), and what sticks out to the right
look = """() => ({
    links: [...document.querySelectorAll('a[href]')].map(a => a.href),
    ids: [...document.querySelectorAll('[id]')].map(e => e.id),
    raw: [...document.querySelectorAll('.math')].filter(e => !e.querySelector('.katex') || e.querySelector('.katex-error')).map(e => e.textContent.slice(0, 60)),
    course: [...document.querySelectorAll('#quarto-sidebar a.sidebar-link')].map(a => a.href).filter(h => h),
    foot: ['previous', 'next'].map(d => (document.querySelector(`.nav-page-${d} a`) || {href: ''}).href),
    blind: [...document.querySelectorAll('img')].filter(e => !e.alt || !e.naturalWidth).map(e => e.src.split('/').pop()),
    over: document.documentElement.scrollWidth - document.documentElement.clientWidth})"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args): pass


def open_page(page, url):
    "Load `url`; return what went wrong on the way and what the page holds."
    faults = []
    hear = {"requestfailed": lambda r: faults.append(f"request failed: {r.url}"),
        "response": lambda r: r.status >= 400 and faults.append(f"{r.status}: {r.url}"),
        "request": lambda r: urlsplit(r.url).netloc != urlsplit(url).netloc and r.url.startswith("http") and faults.append(f"another host: {r.url}"),
        "console": lambda m: m.type == "error" and faults.append(f"console: {m.text}"),
        "pageerror": lambda e: faults.append(f"script: {e}")}
    for event, f in hear.items(): page.on(event, f)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(100)
    for event, f in hear.items(): page.remove_listener(event, f)
    return faults, page.evaluate(look)


def find(page, url, word, want):
    "Type `word` into the search of the page at `url`; the first hit has to lead to `want`. Return what went wrong."
    faults, _ = open_page(page, url)
    page.locator("input[type=search]").first.fill(word)
    hit = page.locator("a.search-result").first
    hit.wait_for(timeout=10_000)
    first = hit.evaluate("a => a.href")
    return faults + ([] if want in first else [f"search for {word!r} leads to {first}, not {want}"])


def sizes(docs, most=1_000_000, site=15_000_000):
    "Files of more than `most` bytes, and a site of more than `site`."
    files = {p.relative_to(docs).as_posix(): p.stat().st_size for p in docs.rglob("*") if p.is_file()}
    heavy = [f"{name} has {size:,} bytes, more than {most:,}" for name, size in files.items() if size > most]
    return heavy + ([f"the site has {sum(files.values()):,} bytes, more than {site:,}"] if sum(files.values()) > site else [])


def out_of_order(url, seen):
    "Whether the links at the foot of the page at `url` are not its neighbours in the sidebar."
    course = ["", *dict.fromkeys(seen["course"]), ""]
    place = course.index(url)
    return [] if seen["foot"] == [course[place-1], course[place+1]] else [f"previous and next lead to {seen['foot']}"]


def check(docs=root / "docs", shots=None):
    "Faults of the site, one line each, after (name, faults) of every page."
    from playwright.sync_api import sync_playwright
    with TemporaryDirectory() as tmp, sync_playwright() as p:
        (Path(tmp) / "sub").symlink_to(docs.resolve())  # Served from a sub-path, as project pages are
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}/sub/"
        browser = p.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"])
        wide, narrow = (browser.new_page(viewport=dict(width=w, height=h)) for w, h in ((1280, 900), (390, 844)))
        found = {}
        for path in sorted(docs.glob("*.html")):
            faults, seen = open_page(wide, base + path.name)
            faults += [f"TeX left as it is: {t}" for t in seen["raw"]] + [f"picture missing or without alt text: {i}" for i in seen["blind"]]
            faults += out_of_order(base + path.name, seen)
            if shots: wide.screenshot(path=shots / f"{path.stem}.png")
            over = open_page(narrow, base + path.name)[1]["over"]
            if shots: narrow.screenshot(path=shots / f"{path.stem}_390.png")
            if over > 0: faults.append(f"sticks out by {over} px at 390 px")
            found[path.name] = faults, seen
        for name, (faults, seen) in found.items():
            for link in {urldefrag(urljoin(base, l)) for l in seen["links"] if l.startswith(base)}:
                target = unquote(link.url.removeprefix(base)) or "index.html"
                if target.endswith(".html") and target not in found or not (docs / target).exists(): faults.append(f"dead link: {target}")
                elif link.fragment and target in found and unquote(link.fragment) not in found[target][1]["ids"]: faults.append(f"dead anchor: {target}#{link.fragment}")
            yield name, sorted(set(faults))
        for start in (base + "index.html", (docs / "index.html").resolve().as_uri()):
            yield f"search, {start.split(':')[0]}", find(wide, start, "LSTMCell", "22_lstm.html#lstmcell")
        yield "sizes", sizes(docs)
        browser.close()
        server.shutdown()


if __name__ == "__main__":
    if not chromium: sys.exit("no Chromium found")
    shots = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if shots: shots.mkdir(parents=True, exist_ok=True)
    bad = 0
    for name, faults in check(shots=shots):
        print(f"{'FAILED' if faults else 'passed'} {name}", *faults, sep="\n  ", flush=True)
        bad += bool(faults)
    sys.exit(bool(bad))
