"""`python -m barograph_client`: what a gateway's engineer does by hand."""

import sys

from barograph_client.commands.command_line import main

if __name__ == "__main__":
    sys.exit(main())
