import pytest
from support.exec_sessions import SESSIONS


@pytest.fixture(params=SESSIONS)
def run(request):
    """Return a function that starts a command on a server, and gives its session."""

    def start(server, command=("ls", "-l"), client=None, **options):
        arguments = ("s", "f", "c-1", list(command))
        options = {"qualifier": "prod", **options}
        return SESSIONS[request.param](server.url, arguments, options, client or {})

    return start
