"""Custom domains, layers and tags."""

import json
import zipfile

import pytest
from fcli.support import done, run


class TestDomain:
    def test_life(self, client):
        words = ("-d", "www.example.com")
        result = done("domain", "create", *words, "--route", "/api/*=demo.prod/hello")
        assert result.out == "/domains/www.example.com created\n"
        domain = client.get_custom_domain("www.example.com")
        [route] = domain.route_config["routes"]
        assert (route["path"], route["serviceName"]) == ("/api/*", "demo")
        assert (route["functionName"], route["qualifier"]) == ("hello", "prod")
        assert done("domain", "list").lines == ["www.example.com"]
        assert done("ls", "/domains").lines == ["www.example.com"]
        assert done("domain", "get", *words).json() == domain.raw
        done("domain", "update", "www.example.com", "-r", "/a=b/c", "-r", "/=b/d")
        routes = client.get_custom_domain("www.example.com").route_config["routes"]
        assert [each["path"] for each in routes] == ["/a", "/"]
        done("domain", "update", "www.example.com", "--protocol", "HTTP")
        domain = client.get_custom_domain("www.example.com")
        assert (domain.protocol, domain.route_config["routes"]) == ("HTTP", routes)
        done("domain", "delete", *words, "--yes")
        assert list(client.iter_custom_domains()) == []

    def test_settings_of_a_file(self, client, folder):
        routes = [{"path": "/", "serviceName": "s", "functionName": "f", "methods": ["GET"]}]
        text = json.dumps({"protocol": "HTTP", "routeConfig": {"routes": routes}})
        (folder / "domain.json").write_text(text)
        done("domain", "create", "www.example.com", "--config", "domain.json")
        [route] = client.get_custom_domain("www.example.com").route_config["routes"]
        assert route["methods"] == ["GET"]

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("create", "a.b", "--route", "/x"), "expected PATH=SERVICE/FUNCTION"),
            (("create", "a.b", "--route", "x=s/f"), "expected PATH=SERVICE/FUNCTION"),
            (("create", "a.b", "--route", "/x=s"), "expected PATH=SERVICE/FUNCTION"),
            (("create", "a.b", "--route", "/x=s/f/g"), "expected PATH=SERVICE/FUNCTION"),
            (("create", "a.b", "--config", "none"), "--config none: cannot be read"),
            (("create", "a.b", "--config", "bad"), "expected a mapping with keys of protocol"),
            (("update", "a.b"), "nothing to update"),
            (("create",), "missing --domain-name"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, server, folder, words, problem):
        (folder / "bad").write_text("route: x")
        result = run("domain", *words)
        assert result.code == 2
        assert problem in result.err
        assert server


class TestLayer:
    def test_life(self, client, folder):
        words = ("layer", "publish", "-l", "tools", "-d", "code", "-r", "python3")
        result = done(*words, "--description", "one")
        [layer] = client.iter_layers()
        assert result.out == f"/layers/tools/1 published: {layer.arn_v2}\n"
        with zipfile.ZipFile(folder / "tools.zip", "w") as archive:
            archive.writestr("python/tools.py", "")
        done("layer", "publish", "tools", "-f", "tools.zip", "-r", "python3")
        assert done("layer", "list").lines == ["tools"]
        assert done("ls", "/layers").lines == ["tools"]
        assert done("layer", "versions", "-l", "tools").lines == ["1", "2"]
        assert done("ls", "/layers/tools", "-l", "1").lines[0] == "1"
        assert done("ls", "/layers/tools", "-k", "2").lines == ["2"]
        shown = done("layer", "get", "-l", "tools", "-v", "1").json()
        assert (shown["description"], shown["compatibleRuntime"]) == ("one", ["python3"])
        assert done("info", "/layers/tools").json()["version"] == 2
        assert done("layer", "delete", "tools/1", "--yes").out == "/layers/tools/1 removed\n"
        assert [each.version for each in client.iter_layer_versions("tools")] == [2]
        assert folder

    def test_code_of_a_function_finds_it(self, demo, folder):
        (folder / "layer" / "python").mkdir(parents=True)
        (folder / "layer" / "python" / "tools.py").write_text("NAME = 'from the layer'\n")
        arn = done(
            "layer", "publish", "tools", "-d", "layer", "-r", "python3", "--query", "arnV2"
        ).out.strip()
        (folder / "code" / "index.py").write_text(
            "import tools\ndef handler(event, context):\n    return tools.NAME\n"
        )
        done("upf", "demo/hello", "-d", "code", "--layer", arn)
        assert demo.get_function("demo", "hello").layers == (arn,)
        assert done("invk", "demo/hello").out == "from the layer"

    @pytest.mark.parametrize(
        ("words", "code", "problem"),
        [
            (("layer", "publish", "x", "-r", "python3"), 2, "missing --code-dir or --code-file"),
            (("layer", "publish", "x", "-d", "code"), 2, "missing --compatible-runtime"),
            (("layer", "publish", "x", "-d", "none"), 2, "--code-dir: no such directory: 'none'"),
            (("layer", "publish", "x", "-f", "none"), 2, "--code-file: no such file: 'none'"),
            (("layer", "get", "x/one"), 2, "must be a number, got 'one'"),
            (("rm", "/layers/x", "--yes"), 2, "cannot be removed by this path"),
            (("info", "/layers/x"), 1, "there is no layer 'x'"),
        ],
    )
    def test_bad_input(self, server, folder, words, code, problem):
        result = run(*words)
        assert result.code == code
        assert problem in result.err
        assert folder
        assert server


class TestTags:
    def test_life(self, demo):
        result = done("tag", "set", "-s", "demo", "--tag", "team=web", "-t", "stage=a=b")
        assert result.out == "/tags/demo updated\n"
        assert demo.get_resource_tags("services/demo").tags == {"team": "web", "stage": "a=b"}
        assert done("tag", "list").lines == ["demo"]
        assert done("tag", "get", "demo").json()["tags"]["team"] == "web"
        assert done("tag", "unset", "demo", "-k", "team", "--query", "tags.stage").out == "a=b\n"
        done("tag", "delete", "demo", "--yes")
        assert demo.get_resource_tags("services/demo").tags == {}
        assert demo.get_service("demo")

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("set", "demo"), "missing --tag"),
            (("set", "demo", "-t", "team"), "--tag: expected name=value"),
            (("unset", "demo"), "missing --key"),
            (("list", "--prefix", "d"), "No such option"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, server, words, problem):
        result = run("tag", *words)
        assert result.code == 2
        assert problem in result.err
        assert server
