"""The deployment script, run as its README says."""

import time

import pytest
from support.examples import run_example
from support.packages import write_wheel

from fc_client.local import LocalFunctionCompute

NOTHING_CHANGED = [
    "unchanged service shop",
    "unchanged function shop/catalogue",
    "unchanged function shop/thumbnails",
    "unchanged trigger shop/catalogue/nightly",
    "unchanged trigger shop/thumbnails/uploads",
]


@pytest.fixture
def deploy_shop(tmp_path):
    """Return a function that runs the script and returns the lines that it printed."""
    source = "def tableize(word): return f'{word}s'"
    write_wheel(tmp_path / "index", "inflection", {"inflection.py": source}, version="0.5.1")

    def run(*arguments, **environment):
        done = run_example(
            "deployment/deploy_shop.py",
            *arguments,
            folder=tmp_path,
            HOME=str(tmp_path),
            PIP_NO_INDEX="1",
            PIP_FIND_LINKS=str(tmp_path / "index"),
            **environment,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout.splitlines()

    return run


def test_second_run_changes_nothing(deploy_shop):
    planned = deploy_shop("--local", "--dry-run")
    created = deploy_shop("--local")

    assert planned[:2] == ["would create service shop", '  + description: "An example"']
    assert created[:2] == ["created service shop", '  + description: "An example"']
    assert deploy_shop("--local") == NOTHING_CHANGED
    assert deploy_shop("--local", "--timeout", "20", "--dry-run") == [
        "unchanged service shop",
        "would update function shop/catalogue",
        "  ~ timeout: 10 -> 20",
        "would update function shop/thumbnails",
        "  ~ timeout: 10 -> 20",
        "unchanged trigger shop/catalogue/nightly",
        "unchanged trigger shop/thumbnails/uploads",
    ]


def test_what_it_deploys_to_an_endpoint_runs(deploy_shop, tmp_path):
    incoming = tmp_path / "buckets" / "pictures" / "incoming"
    incoming.mkdir(parents=True)
    with LocalFunctionCompute(oss_root=tmp_path / "buckets") as server:
        deploy_shop(**server.variables)
        with server.client() as client:
            result = client.invoke_function("shop", "catalogue", json={"thing": "order"})
            timer_event = {"triggerTime": "", "triggerName": "nightly", "payload": "table"}
            nightly = client.invoke_function("shop", "catalogue", json=timer_event)
        (incoming / "cat.jpg").write_bytes(b"a picture")

        assert result.json() == {"table": "orders"}
        assert nightly.json() == {"table": "tables"}
        assert wait_for(server, "new pictures: incoming/cat.jpg")


def test_failure_is_one_line(tmp_path):
    done = run_example("deployment/deploy_shop.py", folder=tmp_path, HOME=str(tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith("deployment failed: no endpoint: set endpoint")
    assert len(done.stderr.splitlines()) == 1


def wait_for(server, line):
    """Tell whether the function for pictures logs a line within thirty seconds."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if line in server.logs("shop", "thumbnails"):
            return True
        time.sleep(0.1)
    return False
