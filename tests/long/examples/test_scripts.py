"""The scripts run as a user would run them."""

import pytest
from support.examples import run_example

from fc_client.local import LocalFunctionCompute


class TestDeploy:
    def test_sends_what_differs(self):
        done = run_example("deploy.py")
        assert (done.returncode, done.stderr) == (0, "")
        function = "function deploy-example/text-statistics"
        trigger = "trigger deploy-example/text-statistics/nightly"
        # Without the settings that are new.
        assert [line for line in done.stdout.splitlines() if not line.startswith("  +")] == [
            "would create service deploy-example",
            f"would create {function}, once service deploy-example exists",
            f"would create {trigger}, once service deploy-example exists",
            "created service deploy-example",
            "sent 100% of the code",
            f"created {function}",
            f"created {trigger}",
            "unchanged service deploy-example",
            f"updated {function}",
            "  ~ memory_size: 128 -> 256",
            f"unchanged {trigger}",
        ]


class TestQuickstart:
    EXPECTED = (
        "walden.txt: {'lines': 10, 'words': 125, 'most used': 'life'}",
        "accepted an event for later: 202",
        "the function failed: ValueError: amount is -1, must not be negative",
        "functions, page by page: failing, text-statistics",
        "updated: 128 MB became 256 MB",
        "a second update with the old ETag is refused: PreconditionFailed",
    )

    @pytest.mark.parametrize("line", EXPECTED)
    def test_shows(self, line, embedded_run):
        assert line in embedded_run.stdout

    def test_ends_well(self, embedded_run):
        assert (embedded_run.returncode, embedded_run.stderr) == (0, "")

    def test_runs_unchanged_against_the_endpoint_of_the_environment(self):
        with LocalFunctionCompute() as function_compute:
            done = run_example(
                "quickstart.py",
                FC_ENDPOINT=function_compute.endpoint,
                ALIBABA_CLOUD_ACCESS_KEY_ID=function_compute.access_key_id,
                ALIBABA_CLOUD_ACCESS_KEY_SECRET=function_compute.access_key_secret,
            )

            assert f"calling {function_compute.endpoint}" in done.stdout
            assert done.returncode == 0, done.stderr
            assert list(function_compute.client().iter_services()) == []


@pytest.fixture(scope="module")
def embedded_run():
    return run_example("quickstart.py")
