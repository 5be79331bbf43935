"""Prints the helper: ``python -m fc_client.helper > fc_helper.py``."""

import sys

from fc_client.helper import source

sys.stdout.write(source())
