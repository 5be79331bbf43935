"""Runs fun: ``python -m fc_client.fun``."""

import sys

from fc_client._scripts import fun

sys.exit(fun())
