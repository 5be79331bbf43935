"""The plugin in runs of pytest of its own, as an application's."""

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest

def deploy(client, name):
    client.create_service(name)
    assert [service.service_name for service in client.iter_services()] == [name]

@pytest.mark.parametrize("number", range(4))
def test_finds_an_empty_server(function_compute_client, number):
    deploy(function_compute_client, f"service-{number}")

def test_client_is_of_the_server(function_compute, function_compute_client):
    assert function_compute_client.endpoint == function_compute.endpoint
"""


@pytest.fixture(autouse=True)
def no_other_plugins(monkeypatch):
    """Spare each run the seconds that other plugins of this environment take to import."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "fc_client.pytest_plugin")


class TestFixtures:
    def test_each_test_finds_an_empty_server(self, pytester, monkeypatch):
        # As it is for users: pytest finds the plugin by itself.
        monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
        monkeypatch.delenv("PYTEST_PLUGINS")
        pytester.makepyfile(TESTS)

        result = pytester.runpytest_subprocess()

        result.assert_outcomes(passed=5)

    def test_one_server_serves_the_run(self, pytester):
        pytester.makepyfile("""
            seen = set()

            def test_first(function_compute):
                seen.add(function_compute.endpoint)
                assert len(seen) == 1

            test_second = test_first
        """)

        pytester.runpytest_subprocess().assert_outcomes(passed=2)

    def test_works_under_xdist(self, pytester):
        pytester.makepyfile(TESTS)

        pytester.runpytest_subprocess("-p", "xdist.plugin", "-n", "2").assert_outcomes(passed=5)

    def test_works_in_random_order(self, pytester):
        pytester.makepyfile(TESTS)

        pytester.runpytest_subprocess("-p", "pytest_randomly").assert_outcomes(passed=5)

    def test_costs_nothing_where_it_is_not_used(self, pytester):
        pytester.makepyfile("""
            import sys

            def test_nothing_was_imported():
                heavy = {"requests", "aiohttp", "fc_client.local", "fc_client.client"}
                assert "fc_client.pytest_plugin" in sys.modules
                assert not heavy & set(sys.modules)
        """)

        result = pytester.runpytest_subprocess()

        result.assert_outcomes(passed=1)
