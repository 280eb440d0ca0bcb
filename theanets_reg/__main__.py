"""Run a script that uses theanets: ``python -m theanets_reg SCRIPT [ARG ...]``."""

import sys

from .running import main

if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
