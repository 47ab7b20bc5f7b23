"""`python -m ought`: the same program as `ought`, for where the command is not on the path."""

from ought.cli.commands import app

if __name__ == "__main__": app(prog_name="ought")
