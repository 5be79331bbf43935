"""HTTP triggers and custom domains with the official SDKs, unchanged."""

import base64
import io
import zipfile

import fc2
import pytest
from support.node import needs_node, printed_by

from fc_client.local import LocalFunctionCompute

PYTHON = """
import json
def handler(environ, start_response):
    body = environ["wsgi.input"].read()
    if environ["PATH_INFO"] == "/fail":
        raise KeyError("asked to")
    start_response("201 Made", [("Content-Type", "application/json"), ("X-Own", "1")])
    names = ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE")
    return [json.dumps([environ.get(name, "") for name in names] + [body.decode()]).encode()]
"""

NODE = """
exports.handler = (request, response) => {
  if (request.path === '/fail') throw new Error('asked to');
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    response.setHeader('content-type', 'application/json');
    const { method, path, queries } = request;
    response.send(JSON.stringify({ method, path, queries, body: String(Buffer.concat(parts)) }));
  });
};
"""


@pytest.fixture(scope="module")
def function_compute():
    with LocalFunctionCompute() as function_compute:
        yield function_compute


class TestPython:
    @pytest.fixture
    def official(self, function_compute, tmp_path):
        """Return the official client; its server has the function s/f."""
        function_compute.reset()
        (tmp_path / "index.py").write_text(PYTHON)
        client = fc2.Client(
            endpoint=function_compute.endpoint,
            accessKeyID=function_compute.access_key_id,
            accessKeySecret=function_compute.access_key_secret,
        )
        client.create_service("s")
        client.create_function("s", "f", "python3", "index.handler", codeDir=str(tmp_path))
        config = {"authType": "function", "methods": ["GET", "POST", "PUT"]}
        client.create_trigger("s", "f", "http", "http", config, None, None)
        return client

    def test_a_get_with_a_query(self, official):
        reply = official.do_http_request("GET", "s", "f", "/a/b", params={"x": "1", "y": "a b"})

        assert (reply.status_code, reply.headers["X-Own"]) == (201, "1")
        assert reply.json()[:3] == ["GET", "/a/b", "x=1&y=a+b"]

    def test_values_of_a_list_and_other_letters(self, official):
        params = {"x": ["2", "1"], "é": "ü"}

        reply = official.do_http_request("GET", "s", "f", "/", params=params)

        assert reply.json()[2] == "x=2&x=1&%C3%A9=%C3%BC"

    def test_a_post_with_a_body(self, official):
        reply = official.do_http_request(
            "POST", "s", "f", "", headers={"content-type": "text/plain"}, body=b"body"
        )

        assert reply.json() == ["POST", "/", "", "text/plain", "body"]

    def test_a_qualifier(self, official):
        assert official.do_http_request("PUT", "s.LATEST", "f", "/").json()[0] == "PUT"

    def test_custom_domains(self, official):
        route = {"path": "/*", "serviceName": "s1", "functionName": "f1", "methods": ["GET"]}
        cert = {"certName": "c", "certificate": "public", "privateKey": "secret"}

        made = official.create_custom_domain(
            "a.example.com", "HTTP", {"routes": [route]}, certConfig=cert
        )
        changed = official.update_custom_domain("a.example.com", protocol="HTTP,HTTPS")
        listed = official.list_custom_domains(limit=10)

        assert made.data["routeConfig"]["routes"] == [route]
        assert made.data["certConfig"]["privateKey"] is None
        assert official.get_custom_domain("a.example.com").data == changed.data
        assert [each["domainName"] for each in listed.data["customDomains"]] == ["a.example.com"]
        official.delete_custom_domain("a.example.com")
        with pytest.raises(fc2.FcError) as caught:
            official.get_custom_domain("a.example.com")
        assert caught.value.err_code == "DomainNameNotFound"


@pytest.fixture(scope="module")
def steps(node_scripts, function_compute):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("index.js", NODE)
    function_compute.reset()
    return printed_by(
        node_scripts / "http.js",
        base64.b64encode(archive.getvalue()).decode(),
        function_compute=function_compute,
    )


@needs_node
class TestNode:
    def test_trigger(self, steps):
        assert steps["trigger"]["triggerType"] == "http"

    def test_calls(self, steps):
        assert steps["get"]["path"] == "/a/b"
        assert steps["get"]["queries"] == {"x": "1", "y": "two words"}
        assert steps["post"]["body"] == '{"a":1}'
        assert steps["post"]["queries"] == {"q": "é"}
        assert (steps["put"]["method"], steps["put"]["body"]) == ("PUT", '{"a":1}')
        assert (steps["delete"]["method"], steps["delete"]["path"]) == ("DELETE", "/d")
        assert steps["latest"]["path"] == "/"

    def test_a_failed_call(self, steps):
        assert "asked to" in steps["failed"]["message"]

    def test_custom_domains(self, steps):
        assert steps["createDomain"]["protocol"] == "HTTP"
        assert steps["getDomain"] == steps["createDomain"]
        assert steps["updateDomain"]["routeConfig"] == steps["createDomain"]["routeConfig"]
        assert len(steps["listDomains"]["customDomains"]) == 1
        assert steps["goneDomain"]["code"] == "DomainNameNotFound"
