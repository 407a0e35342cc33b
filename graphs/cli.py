"""`nanosmith`: one command a file in `commands/`; each parses, calls one function and prints."""

import sys

import typer
from rich.console import Console
from rich.text import Text

from nanosmith.graphs.commands.boards import boards
from nanosmith.graphs.commands.compile import compile_
from nanosmith.graphs.commands.data import data
from nanosmith.graphs.commands.doctor import doctor
from nanosmith.graphs.commands.pio import pio
from nanosmith.graphs.commands.resume import finish, resume
from nanosmith.graphs.commands.run import run
from nanosmith.graphs.commands.show import runs, show
from nanosmith.graphs.commands.steer import steer
from nanosmith.tools.clean_text import clean_text
from nanosmith.tools.errors import NanosmithError, UsageError

EXIT_ERROR = 1
EXIT_USAGE = 2

app = typer.Typer(
    name="nanosmith",
    help="One sentence about a device and a folder of recordings in; firmware proven on the board out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for _command in (run, resume, finish, steer, runs, show, data, boards, doctor):
    app.command()(_command)
app.command("compile")(compile_)
app.command("pio", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(pio)


def main() -> None:
    """Run the command line; an expected error is one clear message and an exit status."""
    stderr = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        app()
    except NanosmithError as error:
        stderr.print(Text.assemble(("error: ", "bold red"), clean_text(str(error))))
        sys.exit(EXIT_USAGE if isinstance(error, UsageError) else EXIT_ERROR)
    except KeyboardInterrupt:
        stderr.print(Text("interrupted; `nanosmith runs` lists what can be resumed"))
        sys.exit(130)
