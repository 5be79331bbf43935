"""Real faults: a proxy that breaks connections, a server that is killed, load; no mocks.

The tests run in a short form; FAULTS_PROFILE=full, which ``tox -e faults`` sets, makes it the
full one.
"""

import os

FULL = os.environ.get("FAULTS_PROFILE") == "full"
