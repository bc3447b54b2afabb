"""`python -m recognizer`."""

import sys

from recognizer.cli import main

sys.exit(main())
