"""Runs fcli: ``python -m fc_client.fcli``."""

import sys

from fc_client._scripts import fcli

sys.exit(fcli())
