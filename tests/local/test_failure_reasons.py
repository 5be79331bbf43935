"""Every way in which a function fails has its reason, in both runtimes."""

import itertools

import pytest
from local.execution_support import requires_node
from support.at_once import at_once

from fc_client import FunctionError, HandledInvocationError
from fc_client.local import LocalFunctionCompute

PYTHON = [
    ("def handler(event, context): raise ValueError('no')", "raised"),
    ("def handler(event, context): return object()", "raised"),
    ("def handler(event, context): raise TimeoutError('Task timed out after 1 seconds')", "raised"),
    ("def handler(event, context): import nothing_of_this_name", "raised"),
    ("def handler(event, context):\n while True: pass", "timeout"),
    ("import time; time.sleep(60)", "timeout"),
    ("def handler(event, context): raise MemoryError", "memory"),
    ("def handler(event, context): exit()", "exit"),
    ("import os\ndef handler(event, context): os.abort()", "exit"),
    ("exit()", "exit"),
    ("def other(event, context): pass", "load"),
    ("handler = 5", "load"),
    ("def handler(event, context) return 1", "load"),
    ("import nothing_of_this_name", "load"),
    ("from json import nothing_of_this_name", "load"),
    ("1 / 0", "load"),
    ("raise KeyboardInterrupt", "load"),
]

NODE = [
    ("exports.handler = (e, c, callback) => callback(new Error('no'))", "raised"),
    ("exports.handler = () => { throw new Error('no') }", "raised"),
    ("exports.handler = () => JSON.parse('{')", "raised"),
    ("exports.handler = async () => { throw 'no' }", "raised"),
    ("exports.handler = () => setTimeout(() => { throw new Error('no') }, 1)", "raised"),
    ("exports.handler = () => {}", "timeout"),
    ("for (;;);", "timeout"),
    ("exports.handler = () => process.exit()", "exit"),
    ("exports.handler = () => process.abort()", "exit"),
    ("process.exit()", "exit"),
    ("exports.other = () => {}", "load"),
    ("exports.handler = 5", "load"),
    ("exports.handler = ];", "load"),
    ("require('no-such-package')", "load"),
    ("exports.handler = () => require('no-such-package')", "load"),
    ("null.x", "load"),
    ("throw 'no'", "load"),
]


def seconds(reason):
    """Return the timeout of a function: none is there for another reason."""
    return 1 if reason == "timeout" else 30


@pytest.fixture(scope="module")
def server():
    with LocalFunctionCompute() as server:
        yield server


@pytest.fixture(scope="module")
def failure(server, tmp_path_factory):
    """Return a function that returns the error of a function with the given code."""
    names = (f"f{number}" for number in itertools.count())
    with server.client() as client:
        client.create_service("s")

        def fail(runtime, file, source, handler="index.handler", **settings):
            name, code = next(names), tmp_path_factory.mktemp("code")
            (code / file).write_text(source)
            client.create_function(
                "s",
                name,
                runtime=runtime,
                handler=handler,
                code=code,
                **{"timeout": 30, **settings},
            )
            with pytest.raises(FunctionError) as caught:
                client.invoke_function("s", name)
            return caught.value

        yield fail


class TestPython:
    @at_once
    @pytest.mark.parametrize(("source", "reason"), PYTHON)
    def test_reason(self, failure, source, reason):
        limit = seconds(reason)
        assert failure("python3", "index.py", source, timeout=limit).reason == reason

    @pytest.mark.parametrize("handler", ["nowhere.handler", "a..b", "/index.handler"])
    def test_of_a_wrong_handler_is_load(self, failure, handler):
        error = failure("python3", "index.py", "def handler(event, context): pass", handler)
        assert error.reason == "load"
        assert handler.rpartition(".")[0] in str(error)

    @at_once
    @pytest.mark.parametrize(
        ("source", "reason"),
        [
            ("", "load"),
            ("def start(context): raise ValueError", "raised"),
            ("def start(context):\n while True: pass", "timeout"),
            ("def start(context): exit()", "exit"),
        ],
    )
    def test_of_an_initializer(self, failure, source, reason):
        source = f"{source}\ndef handler(event, context): pass"
        settings = {"initializer": "index.start", "initialization_timeout": seconds(reason)}
        assert failure("python3", "index.py", source, **settings).reason == reason


@requires_node
class TestNode:
    @at_once
    @pytest.mark.parametrize(("source", "reason"), NODE)
    def test_reason(self, failure, source, reason):
        error = failure("nodejs8", "index.js", source, timeout=seconds(reason))
        assert error.reason == reason
        assert isinstance(error, HandledInvocationError) == ("callback" in source)

    @pytest.mark.parametrize("handler", ["nowhere.handler", "index.other", "a..b"])
    def test_of_a_wrong_handler_is_load(self, failure, handler):
        error = failure("nodejs8", "index.js", "exports.handler = () => {}", handler)
        assert error.reason == "load"


class TestOtherRuntimes:
    def test_of_a_runtime_that_is_missing_is_load(self, failure):
        assert failure("java8", "index.java", "class Index {}", "Index::run").reason == "load"
