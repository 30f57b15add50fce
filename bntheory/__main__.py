"""`python -m bntheory`."""

import sys

from bntheory.cli import main

sys.exit(main())
