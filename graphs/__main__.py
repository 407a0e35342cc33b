"""`python -m nanosmith.graphs`: the command line."""

from nanosmith.graphs.cli import main

main()
