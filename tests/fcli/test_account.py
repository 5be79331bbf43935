"""Settings and limits of the account, bindings to VPCs, and lists of more than one function."""

import pytest
from fcli.support import done, run


class TestAccount:
    def test_settings(self, client):
        assert done("account", "settings").json() == client.get_account_settings().raw

    def test_limits(self, client):
        assert "CodeSizeLimit" in done("account", "limits").json()
        assert set(done("account", "limits", "Concurrency").json()) == {"Concurrency"}
        result = run("account", "limits", "Nope")
        assert result.code == 1
        assert "got 'Nope'" in result.err
        assert client

    def test_reserved_capacities(self, client):
        assert done("account", "reserved", "--output", "json").json() == []
        assert client


class TestVPCBinding:
    def test_life(self, demo):
        names = ("-s", "demo", "-v", "vpc-1")
        assert done("vpc-binding", "create", *names).out == "/vpc-bindings/demo/vpc-1 created\n"
        done("vpc-binding", "create", "demo/vpc-2")
        assert list(demo.list_vpc_bindings("demo").items) == ["vpc-1", "vpc-2"]
        assert done("vpc-binding", "list", "-s", "demo").lines == ["vpc-1", "vpc-2"]
        assert done("vpc-binding", "get", "demo/vpc-1").json() == {"vpcId": "vpc-1"}
        done("vpc-binding", "delete", *names, "--yes")
        assert done("ls", "/vpc-bindings/demo").lines == ["vpc-2"]

    def test_that_is_not_there(self, demo):
        result = run("vpc-binding", "get", "demo/vpc-1")
        assert result.code == 1
        assert "the service demo is not bound to a VPC 'vpc-1'" in result.err
        assert run("vpc-binding", "create", "demo").code == 2
        assert demo


class TestOverview:
    @pytest.fixture
    def configured(self, demo):
        """Return a client of a server with limits of functions of two services."""
        demo.create_service("other")
        demo.create_function("other", "f", code="code", handler="index.handler", runtime="python3")
        for service, function in (("demo", "hello"), ("other", "f")):
            demo.put_on_demand_config(
                service, function, qualifier="LATEST", maximum_instance_count=1
            )
            demo.put_provision_config(service, function, qualifier="LATEST", target=1)
        return demo

    @pytest.mark.parametrize("group", ["on-demand", "provision"])
    def test_of_all_services_of_one_and_of_a_function(self, configured, group):
        everything = ["demo/hello/LATEST", "other/f/LATEST"]
        assert done(group, "list").lines == everything
        assert done(group, "list", "-s", "other").lines == everything[1:]
        assert done(group, "list", "demo").lines == everything[:1]
        assert done(group, "list", "demo/hello").lines == ["LATEST"]
        assert "CONFIG" in done(group, "list", "--output", "table").out
        assert done(group, "list", "-l", "1").lines[-1].startswith("NextToken: ")
        assert configured

    @pytest.mark.parametrize(
        ("words", "problem"),
        [
            (("-f", "hello"), "a name lacks the one before it"),
            (("demo/hello/LATEST",), "is not the path of /provision-configs/SERVICE/FUNCTION"),
            (("demo.prod",), "a provision config cannot be listed by a qualifier"),
        ],
    )
    def test_bad_input_is_wrong_usage(self, server, words, problem):
        result = run("provision", "list", *words)
        assert result.code == 2
        assert problem in result.err
        assert server


def test_services_are_listed_by_their_tags(client):
    for name in ("a", "b", "c"):
        client.create_service(name)
    done("tag", "set", "a", "-t", "team=web")
    done("tag", "set", "b", "-t", "team=web", "-t", "stage=test")
    assert done("ls", "--tag", "team=web").lines == ["a", "b"]
    assert done("service", "list", "--tag", "team=web", "--tag", "stage=test").lines == ["b"]
    result = run("ls", "--tag", "team")
    assert result.code == 2
    assert "--tag: expected name=value" in result.err
    assert "a function cannot be listed by --tag" in run("ls", "a", "--tag", "x=y").err


def test_layers_are_found_by_arn_and_shared(client, folder):
    words = ("layer", "publish", "tools", "-d", "code", "-r", "python3", "--query", "arnV2")
    arn = done(*words).out.strip()
    assert done("layer", "find", arn).json()["layerName"] == "tools"
    assert run("layer", "find", "nope").code == 1
    # It has a presigned URL, which is masked in logs.
    assert "location: http" in done("layer", "find", arn, "--output", "yaml").out
    assert done("layer", "acl", "tools", "--public").out == "/layers/tools updated\n"
    assert client.list_layers(public=True).items[0].layer_name == "tools"
    done("layer", "acl", "-l", "tools", "--no-public")
    assert list(client.iter_layers(public=True)) == []
    assert "missing --public or --no-public" in run("layer", "acl", "tools").err
    assert folder


def test_functions_with_stateful_invocations_are_listed(demo):
    assert done("stateful", "functions").out == ""
    done("async-config", "put", "demo/hello/LATEST", "--stateful")
    assert done("stateful", "functions").lines == ["demo/hello"]
    assert demo


class TestLaterSettings:
    def test_of_functions(self, demo, folder):
        done("upf", "demo/hello", "--instance-type", "c1", "--ca-port", "9001")
        done("upf", "demo/hello", "--instance-concurrency", "5")
        function = demo.get_function("demo", "hello")
        assert (function.instance_type, function.ca_port) == ("c1", 9001)
        assert function.instance_concurrency == 5
        words = ("demo/box", "-t", "custom-container", "-h", "x", "-d", "code")
        done("mkf", *words, "--image", "a/b:c", "--container-command", '["sh"]')
        config = demo.get_function("demo", "box").custom_container_config
        assert (config["image"], config["command"]) == ("a/b:c", '["sh"]')
        assert folder

    @pytest.mark.parametrize("text", ["sh", '"sh"', "{}"])
    def test_command_that_is_no_list_is_wrong_usage(self, demo, text):
        result = run("upf", "demo/hello", "--image", "a/b", "--container-args", text)
        assert result.code == 2
        assert "--container-args: expected a list in JSON" in result.err
        assert demo

    def test_of_services(self, client, folder):
        (folder / "service.yml").write_text("tracingConfig: {type: Jaeger, params: {endpoint: x}}")
        done("mks", "demo", "--settings", "service.yml")
        assert client.get_service("demo").raw["tracingConfig"]["type"] == "Jaeger"
        result = run("ups", "demo", "--settings", "none")
        assert result.code == 2
        assert "--settings none: cannot be read" in result.err

    def test_of_functions_from_a_file(self, demo, folder):
        (folder / "f.yml").write_text("customDNS: {nameServers: [10.0.0.1]}\ndiskSize: 512\n")
        done("upf", "demo/hello", "--settings", "f.yml")
        function = demo.get_function("demo", "hello")
        assert (function.custom_dns["nameServers"], function.disk_size) == (["10.0.0.1"], 512)
        (folder / "f.yml").write_text("diskSiz: 512")
        result = run("upf", "demo/hello", "--settings", "f.yml")
        assert result.code == 2
        assert "--settings f.yml: expected a mapping with keys of cpu, customDNS" in result.err
