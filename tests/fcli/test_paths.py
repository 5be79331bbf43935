import pytest

from fc_client.fcli.paths import resolve, shown


@pytest.mark.parametrize(
    ("text", "start", "path"),
    [
        ("demo/hello", ("fc",), "/fc/demo/hello"),
        ("/ram/roles", ("fc",), "/ram/roles"),
        (".", ("fc", "demo"), "/fc/demo"),
        ("..", ("fc", "demo"), "/fc"),
        ("../../..", ("fc", "demo"), "/"),
        ("../other//f/", ("fc", "demo"), "/fc/other/f"),
        ("/", ("fc",), "/"),
    ],
)
def test_resolve(text, start, path):
    assert shown(resolve(text, start)) == path
