"""What a file may have of custom domains, async configs, layers and custom runtimes."""

import json

import jsonschema_rs
import pytest
import yaml
from fun.support import PROJECT, problems, write

from fc_client.fun.project.json_schema import json_schema
from fc_client.fun.project.loading import load_project
from fc_client.fun.project.problems import ProjectError

ROUTE = "{path: /, function: svc/greeting}"


def with_domains(*domains):
    return f"{PROJECT}  customDomains: [{', '.join(domains)}]\n"


def with_settings(text):
    """Return a project whose function has further settings."""
    return f"{PROJECT}          {text}\n"


def section(folder, text):
    write(folder, {"faas.yml": text})
    return load_project(folder).content.function_compute


def messages(folder, text):
    """Return the messages about a file, without their start and their kind."""
    write(folder, {"faas.yml": text})
    with pytest.raises(ProjectError) as caught:
        load_project(folder)
    lines = str(caught.value).splitlines()
    return [line.partition(" ")[2].rpartition(" [")[0] for line in lines]


class TestCustomDomains:
    def test_settings(self, folder):
        write(folder, {"c.pem": "", "k.pem": ""})
        config = "{certName: c, certificate: c.pem, privateKey: k.pem}"
        routes = "[{path: /a/*, function: svc.prod/greeting, methods: [get]}, " + ROUTE + "]"
        text = f"{{name: a.example.com, protocol: https, routes: {routes}, certConfig: {config}}}"
        [domain] = section(folder, with_domains(text)).custom_domains
        assert (domain.name, domain.protocol, domain.defaults) == ("a.example.com", "HTTPS", {})
        assert [route.fields for route in domain.routes] == [
            {
                "path": "/a/*", "serviceName": "svc", "functionName": "greeting",
                "qualifier": "prod", "methods": ["GET"],
            },
            {"path": "/", "serviceName": "svc", "functionName": "greeting"},
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("domain", "message"),
        [
            (f"{{name: A.b, routes: [{ROUTE}]}}", "name: must be a host name in small letters"),
            (f"{{name: a, routes: [{ROUTE}]}}", "name: must be a host name in small letters"),
            (f"{{name: a.b, routes: [{ROUTE}], protocol: HTPS}}", "protocol: must be one of"),
            ("{name: a.b, routes: []}", "routes: must have at least one route"),
            ("{name: a.b}", "routes: required, but missing"),
            (f"{{name: a.b, route: [{ROUTE}]}}", "route: unknown key; did you mean 'routes'?"),
            ("{name: a.b, routes: {path: /, function: s/f}}", "routes: expected a list"),
            (f"{{name: a.b, routes: [{ROUTE}], certConfig: }}", "certConfig: expected a mapping"),
        ],
    )
    def test_mistakes(self, folder, domain, message):
        [found] = messages(folder, with_domains(domain))
        assert found.startswith(f"customDomains[0].{message}")

    @pytest.mark.parametrize(
        ("route", "message"),
        [
            ("{path: a, function: s/f}", "path: must be a path that begins with /"),
            ("{path: /, function: f}", "function: must be SERVICE/FUNCTION or SERVICE.QUALIFIER"),
            ("{path: /, function: s./f}", "function: must be SERVICE/FUNCTION"),
            ("{path: /, function: s/f, method: GET}", "method: unknown key; did you mean 'methods"),
            ("{path: /, function: s/f, methods: [GTE]}", "methods[0]: must be one of GET"),
        ],
    )
    def test_mistakes_of_routes(self, folder, route, message):
        [found] = messages(folder, with_domains(f"{{name: a.b, routes: [{route}]}}"))
        assert found.startswith(f"customDomains[0].routes[0].{message}")

    def test_all_problems_have_their_lines(self, folder):
        text = PROJECT + (
            "  customDomains:\n"
            "    - name: a.b\n"
            "      routes:\n"
            f"        - {ROUTE}\n"
            f"        - {ROUTE}\n"
            "      certConfig:\n"
            "        certName: c\n"
            "        certificate: none.pem\n"
            "    - name: a.b\n"
            f"      routes: [{ROUTE}]\n"
        )
        domain = "customDomains[0]"
        assert problems(folder, text) == [
            (17, f"{domain}.routes[1].path", "VALUE"),
            (18, f"{domain}.certConfig.privateKey", "SHAPE"),
            (20, f"{domain}.certConfig.certificate", "FILES"),
            (21, "customDomains[1].name", "VALUE"),
        ]

    def test_route_to_a_function_that_is_misspelt_is_a_warning(self, folder):
        write(
            folder,
            {"faas.yml": with_domains("{name: a.b, routes: [{path: /, function: svc.x/greting}]}")},
        )
        [warning] = load_project(folder).warnings
        assert warning == (
            "customDomains[0].routes[0].function: not a function of this file; did you mean "
            "'svc/greeting'?"
        )


@pytest.mark.parametrize(
    ("text", "is_valid"),
    [
        (with_domains(f"{{name: a.b, routes: [{ROUTE}]}}"), True),
        (with_domains("{name: a.b, routes: []}"), False),
        (with_domains(f"{{name: A.b, routes: [{ROUTE}]}}"), False),
        (with_settings("asyncInvokeConfig: {maxAsyncRetryAttempts: 2}"), True),
        (with_settings("asyncInvokeConfig: {maxAsyncRetryAttempts: 9}"), False),
        (with_settings("layers: ['1a#x#2']"), True),
        (with_settings("layers: [x]"), False),
        (PROJECT.replace("handler: greeting.index", ""), False),
        (PROJECT.replace("handler: greeting.index", "").replace("nodejs8", "custom"), True),
    ],
)
def test_editors_see_the_same(folder, text, is_valid):
    assert jsonschema_rs.is_valid(json.loads(json_schema()), yaml.safe_load(text)) == is_valid
    assert (problems(folder, text) == []) == is_valid


class TestAsyncInvokeConfig:
    def test_has_the_defaults_of_the_service(self, folder):
        text = with_settings("asyncInvokeConfig: {statefulInvocation: true}")
        [function] = section(folder, text).services[0].functions
        assert function.async_invoke_config.fields == {
            "maxAsyncRetryAttempts": 3,
            "maxAsyncEventAgeInSeconds": 86400,
            "statefulInvocation": True,
            "destinationConfig": {},
        }
        assert "asyncInvokeConfig" not in "".join(function.defaults)

    @pytest.mark.parametrize(
        ("setting", "message"),
        [
            ("{maxAsyncRetryAttempts: 9}", ".maxAsyncRetryAttempts: must be 0 to 8 retries, got 9"),
            ("{maxAsyncEventAgeInSeconds: 0}", ".maxAsyncEventAgeInSeconds: must be 1 to 2592000"),
            (
                "{statefulInvocaton: true}",
                ".statefulInvocaton: unknown key; did you mean 'stateful",
            ),
            ("{destinationConfig: {onFailure: x}}", ".destinationConfig.onFailure: expected a map"),
            (
                "{destinationConfig: {onFailure: {destination: x}}}",
                ".destinationConfig.onFailure.destination: must be an ARN",
            ),
            ("", ": expected a mapping, got nothing"),
        ],
    )
    def test_mistakes(self, folder, setting, message):
        [found] = messages(folder, with_settings(f"asyncInvokeConfig: {setting}"))
        assert found.startswith(f"services[0].functions[0].asyncInvokeConfig{message}")


class TestFunctions:
    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("layers: [x]", "layers[0]: must be the ARN of a layer"),
            ("layers: ['acs:fc:r:1:layers/x/versions/0']", "layers[0]: must be the ARN of a layer"),
            ("layer: [x]", "layer: unknown key; did you mean 'layers'?"),
            ("caPort: 65536", "caPort: must be 1 to 65535 (a port), got 65536"),
            ("instanceConcurrency: 0", "instanceConcurrency: must be 1 to 100 requests, got 0"),
        ],
    )
    def test_mistakes(self, folder, text, message):
        [found] = messages(folder, with_settings(text))
        assert found.startswith(f"services[0].functions[0].{message}")

    @pytest.mark.parametrize("arn", ["acs:fc:r:1:layers/x/versions/2", "'1a2b#x#2'"])
    def test_layers(self, folder, arn):
        [function] = section(folder, with_settings(f"layers: [{arn}]")).services[0].functions
        assert function.layers == (arn.strip("'"),)

    def test_custom_program_needs_no_handler(self, folder):
        text = PROJECT.replace("nodejs8", "custom").replace("handler: greeting.index", "")
        [function] = section(folder, text).services[0].functions
        assert function.handler == "index.handler"
        assert function.defaults["handler"] == "index.handler"

    @pytest.mark.parametrize(
        ("line", "message"),
        [
            ("x-a: b", "handler: required, but missing"),
            ("handler:", "handler: required, but missing"),
            ("handlr: a.b", "handlr: unknown key; did you mean 'handler'?"),
        ],
    )
    def test_others_need_one(self, folder, line, message):
        found = messages(folder, PROJECT.replace("handler: greeting.index", line))
        assert found == [f"services[0].functions[0].{message}"]
