"""Custom domains, async configs, layers and custom runtimes: deployed, changed, deleted."""

import sys
import urllib.request

from fun.support import PROJECT, done, run, write

ASYNC = "          asyncInvokeConfig: {maxAsyncRetryAttempts: 1}\n"
ARN = "acs:fc:cn-shanghai:1234567890123456:services/svc/functions/greeting"
TRIGGER = (
    "          triggers: [{name: web, type: http, config: {authType: anonymous, methods: [GET]}}]\n"
)
DOMAIN = """\
  customDomains:
    - name: www.example.com
      routes:
        - {path: /*, function: svc/greeting}
"""
CERTIFIED = DOMAIN + (
    "      protocol: HTTP,HTTPS\n"
    "      certConfig: {certName: one, certificate: cert.pem, privateKey: key.pem}\n"
)
ANSWER = """\
exports.index = (request, response) => response.send(`at ${request.path}`);
"""
PROGRAM = f"""\
#!{sys.executable}
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"program at " + self.path.encode())

HTTPServer(("127.0.0.1", int(os.environ["FC_SERVER_PORT"])), Handler).serve_forever()
"""


def deployed(folder, text):
    """Deploy a project, and return what is printed."""
    write(folder, {"faas.yml": text})
    return done("deploy").out


class TestCustomDomains:
    def test_serves_the_function(self, folder, client):
        write(folder, {"greeting.js": ANSWER})
        out = deployed(folder, PROJECT + TRIGGER + DOMAIN)
        [url] = [line for line in out.splitlines() if "example.com.localhost" in line]
        assert url.endswith("/* => svc/greeting")
        port = client.endpoint.rpartition(":")[2]
        assert f"http://www.example.com.localhost:{port}/*" in url
        asked = urllib.request.Request(
            f"{client.endpoint}/cart", headers={"Host": "www.example.com"}
        )
        with urllib.request.urlopen(asked) as reply:
            assert reply.read() == b"at /cart"

    def test_second_run_is_unchanged_and_a_change_is_shown(self, folder, client):
        deployed(folder, PROJECT + DOMAIN)
        again = deployed(folder, PROJECT + DOMAIN)
        assert "    custom domain www.example.com unchanged.\n" in again
        changed = PROJECT + DOMAIN.replace("svc/greeting}", "svc.1/greeting, methods: [GET]}")
        write(folder, {"faas.yml": changed})
        line = '        ~ route_config./*: "svc/greeting" -> "svc.1/greeting (GET)"\n'
        assert line in done("diff").out
        assert line in deployed(folder, changed)
        [route] = client.get_custom_domain("www.example.com").route_config["routes"]
        assert (route["qualifier"], route["methods"]) == ("1", ["GET"])

    def test_dry_run_creates_nothing(self, folder, client):
        write(folder, {"faas.yml": PROJECT + DOMAIN})
        assert "custom domain www.example.com would be created." in done("diff").out
        assert list(client.iter_custom_domains()) == []

    def test_certificates_come_from_files_and_are_not_shown(self, folder, client):
        write(folder, {"cert.pem": "CERT ONE\n", "key.pem": "KEY ONE\n"})
        out = deployed(folder, PROJECT + CERTIFIED)
        assert client.get_custom_domain("www.example.com").cert_config["certName"] == "one"
        assert "custom domain www.example.com unchanged." in deployed(folder, PROJECT + CERTIFIED)
        write(folder, {"cert.pem": "CERT TWO\n"})
        out += deployed(folder, PROJECT + CERTIFIED)
        assert "        ~ cert_config.certificate: another one\n" in out
        stored = client.get_custom_domain("www.example.com").cert_config
        assert stored["certificate"] == "CERT TWO\n"
        assert "CERT" not in out
        assert "KEY" not in out
        kept = deployed(folder, PROJECT + CERTIFIED.replace("      certConfig", "      x-old"))
        assert "custom domain www.example.com unchanged." in kept

    def test_file_that_is_no_certificate_is_an_error_before_anything_is_sent(self, folder, client):
        write(folder, {"faas.yml": PROJECT + CERTIFIED, "cert.pem": "\u00e9", "key.pem": ""})
        result = run("deploy")
        assert result.code == 2
        assert "cert.pem cannot be read as a file in PEM" in result.err
        assert list(client.iter_services()) == []

    def test_is_shown_and_removed(self, folder, client):
        write(folder, {"faas.yml": PROJECT + DOMAIN})
        assert "custom domain www.example.com is not deployed." in done("info").out
        deployed(folder, PROJECT + DOMAIN)
        assert "custom domain www.example.com is deployed.\n    URL: " in done("info").out
        assert "custom domain www.example.com deleted." in done("remove", "--yes").out
        assert list(client.iter_custom_domains()) == []


class TestAsyncInvokeConfig:
    def test_is_deployed_and_changed(self, folder, client):
        out = deployed(folder, PROJECT + ASYNC)
        assert "    async config greeting ok. (created; by default: maxAsyncEventAge" in out
        config = client.get_function_async_invoke_config("svc", "greeting")
        assert config.max_async_retry_attempts == 1
        assert "    async config greeting unchanged.\n" in deployed(folder, PROJECT + ASYNC)
        changed = ASYNC.replace(
            "Attempts: 1",
            f"Attempts: 2, destinationConfig: {{onFailure: {{destination: '{ARN}'}}}}",
        )
        out = deployed(folder, PROJECT + changed)
        assert "        ~ maxAsyncRetryAttempts: 1 -> 2\n" in out
        assert f'        + destinationConfig.onFailure.destination: "{ARN}"\n' in out
        config = client.get_function_async_invoke_config("svc", "greeting")
        assert config.destination_config.on_failure == ARN
        assert "async config greeting unchanged." in deployed(folder, PROJECT + changed)

    def test_is_left_if_the_file_has_none(self, folder, client):
        deployed(folder, PROJECT + ASYNC)
        deployed(folder, PROJECT)
        assert client.get_function_async_invoke_config("svc", "greeting")

    def test_is_shown(self, folder, client):
        deployed(folder, PROJECT)
        write(folder, {"faas.yml": PROJECT + ASYNC})
        assert "async config greeting is not deployed." in done("info").out
        deployed(folder, PROJECT + ASYNC)
        assert "async config greeting is deployed, 1 retries, events wait" in done("info").out
        assert client


class TestFunctions:
    def test_layers_are_found_and_removed(self, folder, client):
        write(folder, {"l/nodejs/node_modules/words/index.js": "module.exports = 'bye ';"})
        layer = client.publish_layer_version(
            "words", code=folder / "l", compatible_runtime=["nodejs8"]
        )
        source = "exports.index = (e, c, callback) => callback(null, require('words') + e);\n"
        write(folder, {"greeting.js": source})
        text = f"{PROJECT}          layers: ['{layer.arn_v2}']\n"
        deployed(folder, text)
        assert client.invoke_function("svc", "greeting", "you").payload == b"bye you"
        assert "function greeting unchanged." in deployed(folder, text)
        assert "function greeting unchanged." in deployed(folder, PROJECT)
        deployed(folder, f"{PROJECT}          layers: []\n")
        assert not client.get_function("svc", "greeting").layers

    def test_program_of_the_runtime_custom_runs(self, folder, client):
        text = PROJECT.replace("nodejs8", "custom").replace("greeting.js", "bootstrap")
        text = text.replace("          handler: greeting.index\n", "")
        write(folder, {"bootstrap": PROGRAM})
        (folder / "bootstrap").chmod(0o755)
        out = deployed(folder, text + TRIGGER)
        assert "(created; by default: handler index.handler, timeout 3, memorySize 128)" in out
        with client.stream("GET", "svc", "greeting", "/x", auth=False) as reply:
            assert reply.read() == b"program at /x"
