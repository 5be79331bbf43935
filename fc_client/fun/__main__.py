"""Runs fun: ``python -m fc_client.fun``."""

import sys

from fc_client.fun.program import main

sys.exit(main())
