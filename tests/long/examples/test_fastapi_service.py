"""The FastAPI service: its own tests, and as a process."""

import signal
import subprocess
import sys

import httpx2
import pytest
from support.examples import EXAMPLES, run_example

from fc_client.local import LocalFunctionCompute

SERVICE = EXAMPLES / "fastapi_service"

# Plugins of this environment that take seconds to import.
SPARED = ("-p", "no:schemathesis", "-p", "no:hypothesispytest", "-p", "no:requests_mock")


def test_its_tests_pass():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *SPARED],
        cwd=SERVICE,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 0, done.stdout
    assert "11 passed" in done.stdout


def test_serves_until_sigterm(uvicorn):
    address = next(line for line in uvicorn.stderr if " running on " in line)
    url = address.partition(" running on ")[2].split()[0]

    response = httpx2.post(f"{url}/statistics", json={"text": "To be or not to be"})
    uvicorn.send_signal(signal.SIGTERM)
    _, log = uvicorn.communicate(timeout=30)

    assert response.json() == {"words": 6, "most_used": "to"}
    assert "Application shutdown complete" in log
    assert "ERROR" not in log
    assert "Unclosed" not in log


@pytest.fixture
def uvicorn():
    """Run the service as a process, on a free port."""
    with LocalFunctionCompute() as server:
        deployed = run_example("fastapi_service/deploy_texts.py", **server.variables)
        assert (deployed.returncode, deployed.stderr) == (0, "")
        command = ["uvicorn", "--factory", "service:create_app", "--port", "0"]
        with subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=SERVICE,
            env=server.environ,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            yield process
            process.kill()
