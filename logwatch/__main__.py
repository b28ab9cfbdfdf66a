"""`python -m logwatch` is `logwatch`."""

import sys

from logwatch.cli import main

if __name__ == "__main__":
    sys.exit(main())
