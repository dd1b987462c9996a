"""`python -m corslint`."""

from corslint.cli import main

main()
