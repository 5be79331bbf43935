"""What a file may have of versions, aliases and HTTP triggers, and what is wrong where."""

import json

import jsonschema_rs
import pytest
import yaml
from fun.support import PROJECT, problems, write

from fc_client.fun.project.json_schema import json_schema
from fc_client.fun.project.loading import load_project
from fc_client.fun.project.problems import ProjectError


def service_with(text):
    """Return a project whose service has further keys."""
    return PROJECT.replace("      functions:\n", f"      {text}\n      functions:\n")


def with_triggers(*triggers, aliases="{}"):
    """Return a project whose function has triggers."""
    listed = ", ".join(triggers)
    return f"{service_with(f'aliases: {aliases}')}          triggers: [{listed}]\n"


def service(folder, text):
    write(folder, {"faas.yml": text})
    [found] = load_project(folder).content.function_compute.services
    return found


def message(folder, text):
    """Return the only message about a file, without its start and its kind."""
    write(folder, {"faas.yml": text})
    with pytest.raises(ProjectError) as caught:
        load_project(folder)
    [line] = str(caught.value).splitlines()
    return line.partition(": services[0].")[2].rpartition(" [")[0]


HTTP = "{name: t, type: http, config: {methods: [GET]}}"
OTHER = "{name: u, type: http, qualifier: prod, config: {authType: anonymous, methods: [PUT]}}"


class TestPublish:
    @pytest.mark.parametrize(
        ("word", "expected"),
        [("true", True), ("False", False), ("{}", True), ("{description: x}", True)],
    )
    def test_flag_or_mapping(self, folder, word, expected):
        assert (service(folder, service_with(f"publish: {word}")).publish is not None) == expected

    @pytest.mark.parametrize(
        ("word", "got"),
        [("yes", "the text 'yes'"), ("'true'", "the text 'true'"), ("", "nothing"), ("[]", "a l")],
    )
    def test_other_values(self, folder, word, got):
        expected = f"publish: expected true, false or a mapping with description, got {got}"
        assert message(folder, service_with(f"publish: {word}")).startswith(expected)

    def test_misspelt_key(self, folder):
        found = message(folder, service_with("publish: {descriptin: x}"))
        assert found == "publish.descriptin: unknown key; did you mean 'description'?"


class TestAliases:
    def test_version_alone_or_a_mapping(self, folder):
        text = "aliases: {a: 1, b: latest published, c: {version: 2, weight: 0.25, description: d}}"
        aliases = service(folder, service_with(text)).aliases
        assert [each.version for each in aliases.values()] == ["1", "latest published", "2"]
        assert (aliases["c"].weight, aliases["c"].description) == (0.25, "d")

    @pytest.mark.parametrize("version", ["latest", "0", "LATEST", "v1", "-1", "1.0"])
    def test_version_that_cannot_be(self, folder, version):
        expected = f"must be the number of a version or 'latest published', got {version!r}"
        assert message(folder, service_with(f"aliases: {{a: {version}}}")) == (
            f"aliases.a: {expected}"
        )
        text = service_with(f"aliases: {{a: {{version: {version}}}}}")
        assert message(folder, text) == f"aliases.a.version: {expected}"

    @pytest.mark.parametrize("weight", ["0", "1", "5", "-0.1", "10 %", "'0.1'", "[1]", "1e-1", "."])
    def test_weight_that_cannot_be(self, folder, weight):
        text = service_with(f"aliases: {{a: {{version: 1, weight: {weight}}}}}")
        [(line, path, _)] = problems(folder, text)
        assert (line, path) == (6, "services[0].aliases.a.weight")

    @pytest.mark.parametrize("name", ["LATEST", "a.b", "1a", "''"])
    def test_name_that_cannot_be(self, folder, name):
        found = message(folder, service_with(f"aliases: {{{name}: 1}}"))
        assert "cannot be the name of an alias" in found

    @pytest.mark.parametrize("name", ["version", "weight", "prod"])
    def test_misspelt_key(self, folder, name):
        found = message(folder, service_with(f"aliases: {{{name}: {{versionx: 1}}}}"))
        assert found == f"aliases.{name}.versionx: unknown key; did you mean 'version'?"

    def test_other_shapes(self, folder):
        assert message(folder, service_with("aliases: [a]")) == (
            "aliases: expected a mapping, got a list"
        )
        assert message(folder, service_with("aliases: {a: }")) == (
            "aliases.a: expected text, got nothing"
        )


class TestHttpTriggers:
    def test_settings(self, folder):
        found = service(folder, with_triggers(HTTP, OTHER, aliases="{prod: 1}"))
        first, second = found.functions[0].triggers
        assert first.api_config == {"authType": "function", "methods": ["GET"]}
        assert first.defaults == {"config.authType": "function"}
        assert (second.qualifier, second.api_config["authType"]) == ("prod", "anonymous")

    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("GET", "GETT", "config.methods[0]: must be one of GET, POST, PUT, DELETE, HEAD, "),
            ("[GET]", "[]", "config.methods: must have at least one method, such as GET"),
            ("methods", "method", "config.method: unknown key; did you mean 'methods'?"),
            ("http", "htp", "type: must be one of timer, oss, log, http, got 'htp'; did you mean "),
            ("type", "role: r, type", "role: an http trigger has no such setting; leave it out"),
            ("type", "sourceArn: r, type", "sourceArn: an http trigger has no such setting"),
            ("type", "qualifier: a.b, type", "qualifier: must be LATEST, the name of an alias or "),
            (
                "methods",
                "authType: anonymousx, methods",
                "config.authType: must be one of anonymous, function, got 'anonymousx'; did you ",
            ),
        ],
    )
    def test_wrong_values(self, folder, old, new, expected):
        found = message(folder, with_triggers(HTTP.replace(old, new)))
        assert found.startswith(f"functions[0].triggers[0].{expected}")

    def test_two_for_a_qualifier(self, folder):
        second = HTTP.replace("name: t", "name: u")
        assert message(folder, with_triggers(HTTP, second)) == (
            "functions[0].triggers[1].qualifier: another http trigger of the function has "
            "qualifier LATEST; a function can have one for each"
        )

    @pytest.mark.parametrize(
        ("qualifier", "hint"),
        [("prd", "did you mean 'prod'?"), ("latest", "did you mean 'LATEST'?"), ("else", None)],
    )
    def test_qualifier_that_is_like_an_alias_is_a_warning(self, folder, qualifier, hint):
        text = with_triggers(OTHER.replace("prod", qualifier), aliases="{prod: 1}")
        write(folder, {"faas.yml": text})
        path = "services[0].functions[0].triggers[0].qualifier"
        expected = (f"{path}: not an alias of this file; {hint}",) if hint else ()
        assert load_project(folder).warnings == expected


class TestJsonSchema:
    SCHEMA = json.loads(json_schema())

    @pytest.mark.parametrize(
        "text",
        [
            with_triggers(HTTP, OTHER),
            service_with("publish: true"),
            service_with("publish: {description: x}\n      aliases: {a: 1, b: latest published}"),
            service_with("aliases: {a: {version: 1, weight: 0.5}}"),
        ],
    )
    def test_takes_valid_files(self, text):
        jsonschema_rs.validate(self.SCHEMA, yaml.safe_load(text))

    @pytest.mark.parametrize(
        "text",
        [
            with_triggers(HTTP.replace("type", "role: r, type")),
            with_triggers(HTTP.replace("GET", "GETT")),
            service_with("publish: text"),
            service_with("aliases: {a: latest}"),
            service_with("aliases: {a: {version: 1, weight: 1}}"),
        ],
    )
    def test_refuses_others(self, text):
        assert not jsonschema_rs.is_valid(self.SCHEMA, yaml.safe_load(text))
