"For each Python that settings.ini names: do all requirements, with constraints.txt, have wheels that fit together? Nothing is installed."
import argparse, subprocess, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).parents[1]
pythons = ("3.11", "3.12", "3.13", "3.14")


def requirements(extra):
    "Requirements of the package, and of `extra` where there is one."
    config = ConfigParser(delimiters=["="])
    config.read(root / "settings.ini", encoding="utf-8")
    cfg = config["DEFAULT"]
    return cfg["requirements"].split() + cfg.get(f"{extra}_requirements", "").split()


def problem(python, extra=""):
    "What pip says if the requirements can't be resolved for `python`, or an empty string."
    cmd = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--target", str(root / "build" / "none"),
        "--only-binary", ":all:", "--python-version", python, "-c", str(root / "constraints.txt"), *requirements(extra)]
    done = subprocess.run(cmd, capture_output=True, text=True)
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
    return "" if done.returncode == 0 else "\n".join(said) or done.stderr[-500:]


if __name__ == "__main__":
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--extra", default="dev", help="An extra of settings.ini, such as 'dev'; '' for none")
    args = p.parse_args()
    failed = 0
    for python in pythons:
        text = problem(python, args.extra)
        failed += bool(text)
        print(f"{'FAILED' if text else 'ok'} Python {python}" + (f"\n{text}" if text else ""), flush=True)
    sys.exit(bool(failed))
