"""HTTP triggers: deployed, called by the URL that is printed, replaced."""

import re
import subprocess

import pytest
import requests
from fun.serving import eventually, fetched, serving
from fun.support import done, run, write

PROJECT = """\
function-compute:
  region: cn-shanghai
  services:
    - name: svc
      publish: true
      aliases: {prod: latest published}
      functions:
        - name: web
          runtime: python3
          handler: web.handler
          codes: [web.py]
          triggers:
            - name: open
              type: http
              config: {authType: Anonymous, methods: [get, POST]}
"""
QUALIFIED = """\
            - name: prod
              type: http
              qualifier: prod
              config: {methods: [GET]}
"""
HANDLER = """\
def handler(environ, start_response):
    start_response("200 OK", [])
    return [environ["REQUEST_METHOD"].encode() + b" " + environ["PATH_INFO"].encode()]
"""


@pytest.fixture
def root(folder):
    """Return the current folder, with a project of an HTTP function."""
    write(folder, {"faas.yml": PROJECT, "web.py": HANDLER})
    return folder


def urls(text):
    return re.findall(r"URL: \S+ (\S+)", text)


@pytest.mark.usefixtures("root", "server")
def test_printed_url_answers():
    out = done("deploy").out
    [url] = urls(out)
    assert f"    URL: GET,POST {url}\n" in out
    assert fetched(f"{url}some/path").text == "GET /some/path"
    assert requests.post(url, timeout=30).text == "POST /"
    assert requests.put(url, timeout=30).status_code == 405


@pytest.mark.usefixtures("root", "server")
def test_second_run_and_info_print_the_url_as_well():
    [url] = urls(done("deploy").out)
    again = done("deploy")
    assert again.err == "5 unchanged\n"
    assert urls(again.out) == [url]
    assert f"    trigger web/open is deployed, http.\n    URL: GET,POST {url}\n" in done("info").out


def test_url_of_an_alias_needs_signed_requests_by_default(root, client):
    write(root, {"faas.yml": PROJECT + QUALIFIED})
    out = done("deploy").out
    assert "trigger web/prod ok. (created; by default: config.authType function)" in out
    url = urls(out)[1]
    assert url.endswith("/2016-08-15/proxy/svc.prod/web/")
    assert f"URL: GET {url} (signed requests)\n" in out
    assert fetched(url).status_code == 403
    assert client.request("GET", "svc", "web", qualifier="prod").body == b"GET /"


def test_changed_methods_are_sent(root, client):
    done("deploy")
    write(root, {"faas.yml": PROJECT.replace("[get, POST]", "[GET]")})
    assert "trigger web/open ok. (updated)" in done("deploy").out
    assert client.get_trigger("svc", "web", "open").trigger_config["methods"] == ["GET"]


def test_renamed_trigger_needs_replace(root, client):
    done("deploy")
    write(root, {"faas.yml": PROJECT.replace("name: open", "name: renamed")})
    for command in ("diff", "deploy"):
        refused = run(command)
        assert refused.code == 1
        assert (
            "Error: trigger cn-shanghai/svc/web/renamed: function web has the HTTP trigger open "
            "for LATEST already; pass --replace to delete that trigger\n"
        ) in refused.err
    plan = done("deploy", "--dry-run", "--replace").out
    assert "        - trigger: open\n" in plan
    assert "trigger web/renamed ok. (created)" in done("deploy", "--replace").out
    assert [each.trigger_name for each in client.iter_triggers("svc", "web")] == ["renamed"]


def test_function_runs_from_the_folder_and_its_version_does_not(root):
    text = PROJECT + QUALIFIED.replace("{methods", "{authType: anonymous, methods")
    write(root, {"faas.yml": text})
    with serving(root) as running:
        running.wait_for("export ALIBABA_CLOUD_ACCESS_KEY_SECRET=")
        latest, prod = urls(running.out)
        fetched(latest)
        shown = subprocess.run(["curl", "-s", f"{latest}x"], capture_output=True, check=True)
        assert shown.stdout == b"GET /x"
        write(root, {"web.py": HANDLER.replace('environ["REQUEST_METHOD"].encode()', 'b"NOW"')})
        assert fetched(latest).text == "NOW /"
        assert fetched(prod).text == "GET /"
        write(root, {"faas.yml": text.replace("name: open", "name: renamed")})
        running.wait_for(r"version 2 of svc ok. \(created\)")
        running.wait_for(r"trigger web/renamed ok. \(created\)")
        assert eventually(prod, "NOW /")
        write(root, {"faas.yml": text.replace("{prod: latest published}", "{}")})
        running.wait_for("alias svc/prod deleted.")
