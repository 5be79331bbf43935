"""Runs fcli: ``python -m fc_client.fcli``."""

import sys

from fc_client.fcli.program import main

sys.exit(main())
