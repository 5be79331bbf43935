"""The plugin in runs of pytest of its own, as an application's."""

import textwrap

import pytest

pytest_plugins = ["pytester"]

# The modules of these plugins, whose names are not those of the packages.
ASYNCIO = ("-p", "pytest_asyncio.plugin")
ANYIO = ("-p", "anyio.pytest_plugin")

ECHO = """
def deploy(client, tmp_path):
    (tmp_path / "index.py").write_text("def handler(event, context): return event")
    client.create_service("app")
    settings = {"runtime": "python3", "handler": "index.handler", "code": tmp_path}
    client.create_function("app", "echo", **settings)
"""

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


class TestSettings:
    TEST = """
        def test_settings(function_compute, function_compute_client, function_compute_options):
            seen = function_compute_options
            assert seen == EXPECTED, seen
            assert seen.get("account_id") in (None, function_compute.account_id)
            assert function_compute_client.list_services().items == ()
    """

    def run(self, pytester, expected, *arguments):
        pytester.makepyfile(self.TEST.replace("EXPECTED", repr(expected)))
        return pytester.runpytest_subprocess(*arguments)

    def test_have_no_values_by_default(self, pytester):
        self.run(pytester, {}).assert_outcomes(passed=1)

    def test_come_from_the_ini_file(self, pytester):
        pytester.mkdir("buckets")
        pytester.makeini("""
            [pytest]
            fc_oss_root = buckets
            fc_max_instances = 2
            fc_async_attempts = 1
            fc_async_retry_delay = 0.5
            fc_access_key_id = id-of-tests
            fc_access_key_secret = secret-of-tests
            fc_account_id = 123
        """)
        test = self.TEST.replace(
            "EXPECTED",
            """{
                "oss_root": __import__("pathlib").Path(__file__).parent.parent / "buckets",
                "max_instances": 2, "async_attempts": 1, "async_retry_delay": 0.5,
                "access_key_id": "id-of-tests", "access_key_secret": "secret-of-tests",
                "account_id": "123",
            }""",
        )
        pytester.mkdir("below")
        pytester.path.joinpath("below/test_settings.py").write_text(textwrap.dedent(test))

        result = pytester.runpytest_subprocess("below")

        result.assert_outcomes(passed=1)

    def test_on_the_command_line_come_first(self, pytester):
        pytester.makeini("[pytest]\nfc_max_instances = 2\nfc_account_id = 123")

        result = self.run(
            pytester, {"max_instances": 3, "account_id": "123"}, "--fc-max-instances=3"
        )

        result.assert_outcomes(passed=1)

    def test_come_from_an_overridden_fixture(self, pytester):
        pytester.makeconftest("""
            import pytest

            @pytest.fixture(scope="session")
            def function_compute_options(function_compute_options):
                return {**function_compute_options, "max_instances": 4}
        """)

        result = self.run(pytester, {"account_id": "9", "max_instances": 4}, "--fc-account-id", "9")

        result.assert_outcomes(passed=1)

    @pytest.mark.parametrize(
        ("ini", "message"),
        [
            ("fc_max_instances = few", "fc_max_instances: must be a number, got 'few'"),
            ("fc_max_instances = 0", "max_instances: must be at least 1, got 0"),
            ("fc_access_key_id = id", "access_key_id and access_key_secret: pass both or neither"),
            ("fc_oss_root = missing", "oss_root: no such directory"),
        ],
    )
    def test_that_cannot_be_used_are_named(self, pytester, ini, message):
        pytester.makeini(f"[pytest]\n{ini}")
        pytester.makepyfile(self.TEST)

        # No server starts, and no module is imported again.
        result = pytester.runpytest_inprocess()

        result.assert_outcomes(errors=1)
        assert message in result.stdout.str()

    def test_are_in_the_help(self, pytester):
        result = pytester.runpytest_inprocess("--help")

        result.stdout.fnmatch_lines(["*--fc-oss-root=*", "*fc_max_instances*"])


class TestAsyncClient:
    """Warnings are errors in these runs: of connections and sessions that stay open, too."""

    MARKED = """
        import asyncio
        import gc
        import pytest

        MARK

        async def test_calls(function_compute_client, function_compute_async_client, tmp_path):
            deploy(function_compute_client, tmp_path)
            client = function_compute_async_client
            call = lambda number: client.invoke_function("app", "echo", str(number))
            results = await asyncio.gather(*map(call, range(3)))
            assert [result.text for result in results] == ["0", "1", "2"]
            async for service in client.iter_services():
                assert service.service_name == "app"

        async def test_finds_an_empty_server(function_compute_async_client):
            assert (await function_compute_async_client.list_services()).items == ()

        async def test_may_be_closed_by_the_test(function_compute_async_client):
            async with function_compute_async_client as client:
                assert (await client.list_services()).items == ()

        async def test_need_not_be_used(function_compute_async_client):
            pass

        def test_works_without_a_plugin(function_compute_async_client):
            for _ in range(2):
                listed = asyncio.run(function_compute_async_client.list_services())
                assert listed.items == ()

        def test_nothing_was_left_open():
            # Warnings of what is collected now fail this test.
            gc.collect()
    """

    def run(self, pytester, mark, *arguments):
        source = textwrap.dedent(self.MARKED).replace("MARK", textwrap.dedent(mark))
        pytester.makepyfile(ECHO + source)
        return pytester.runpytest_subprocess("-W", "error", *arguments)

    @pytest.mark.parametrize("scope", ["function", "module", "session"])
    def test_works_with_pytest_asyncio(self, pytester, scope):
        pytester.makeini(f"""
            [pytest]
            asyncio_mode = auto
            asyncio_default_fixture_loop_scope = {scope}
            asyncio_default_test_loop_scope = {scope}
        """)

        self.run(pytester, "", *ASYNCIO).assert_outcomes(passed=6)

    def test_works_with_anyio(self, pytester):
        mark = """
            anyio_backend = pytest.fixture(lambda: "asyncio")
            pytestmark = pytest.mark.anyio
        """

        self.run(pytester, mark, *ANYIO).assert_outcomes(passed=6)

    def test_works_with_a_loop_of_anyio_that_goes_on(self, pytester):
        """A fixture of the module keeps the loop open when the fixtures of a test end."""
        mark = """
            pytestmark = pytest.mark.anyio

            @pytest.fixture(scope="module")
            def anyio_backend():
                return "asyncio"

            @pytest.fixture(scope="module", autouse=True)
            async def loop(anyio_backend):
                yield
        """

        self.run(pytester, mark, *ANYIO).assert_outcomes(passed=6)


class TestBesideOthers:
    """Each run uses both the server and the other library."""

    def run(self, pytester, source, *arguments):
        pytester.makepyfile(ECHO + textwrap.dedent(source))
        return pytester.runpytest_subprocess("-W", "error", *arguments)

    @pytest.mark.parametrize(
        "frozen",
        [
            "from freezegun import freeze_time as frozen",
            "from time_machine import travel\nfrozen = lambda date: travel(date, tick=False)",
        ],
        ids=["freezegun", "time-machine"],
    )
    def test_works_while_time_is_frozen(self, pytester, frozen):
        source = """
            import datetime

            @frozen("2019-05-06")
            def test_frozen(function_compute, function_compute_client, tmp_path):
                assert datetime.date.today() == datetime.date(2019, 5, 6)
                deploy(function_compute_client, tmp_path)
                call = function_compute_client.invoke_function
                assert call("app", "echo", "x").text == "x"
                call("app", "echo", "y", invocation_type="Async")
                function_compute.drain()
                assert function_compute.logs("app", "echo").count("Invoke End") == 2
        """

        self.run(pytester, f"{frozen}\n{textwrap.dedent(source)}").assert_outcomes(passed=1)

    def test_works_with_vcrpy(self, pytester):
        source = """
            import vcr

            def test_recorded(function_compute_client, tmp_path):
                deploy(function_compute_client, tmp_path)
                for _ in range(2):
                    cassette = str(tmp_path / "cassette.yaml")
                    with vcr.use_cassette(cassette, record_mode="once") as recorded:
                        result = function_compute_client.invoke_function("app", "echo", "x")
                        assert result.text == "x"
                assert recorded.play_count == 1
        """

        self.run(pytester, source).assert_outcomes(passed=1)

    def test_works_with_gevent(self, pytester):
        pytester.makeconftest("from gevent import monkey\nmonkey.patch_all()")
        source = """
            import gevent

            def test_in_greenlets(function_compute_client, tmp_path):
                deploy(function_compute_client, tmp_path)
                call = lambda event: function_compute_client.invoke_function("app", "echo", event)
                greenlets = [gevent.spawn(call, str(number)) for number in range(3)]
                gevent.joinall(greenlets)
                assert [greenlet.value.text for greenlet in greenlets] == ["0", "1", "2"]

            def test_finds_an_empty_server(function_compute_client):
                assert function_compute_client.list_services().items == ()
        """

        self.run(pytester, source).assert_outcomes(passed=2)
