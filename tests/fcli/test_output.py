import json

import pytest
import yaml
from fcli.support import done, run


@pytest.fixture
def services(client):
    """Return a client of a server with two services."""
    client.create_service("a", description="first\nline")
    client.create_service("b", description="[bold]second")
    return client


class TestFormats:
    def test_text_is_the_default_in_a_pipe(self, services):
        assert done("ls").out == done("ls", "--output", "text").out == "a\nb\n"
        assert services

    def test_json(self, services):
        found = done("ls", "--output", "json").json()
        assert [each["serviceName"] for each in found] == ["a", "b"]
        assert services

    def test_yaml(self, services):
        found = yaml.safe_load(done("ls", "--output", "yaml").out)
        assert found == done("ls", "--output", "json").json()
        assert services

    def test_table_has_one_line_per_record_and_no_markup(self, services):
        lines = done("ls", "--output", "table").lines
        assert lines[0].split() == ["SERVICE", "DESCRIPTION", "MODIFIED"]
        assert '"first\\nline"' in lines[1]
        assert "[bold]second" in lines[2]
        assert "\x1b" not in "".join(lines)
        assert services

    def test_info_as_text_and_table(self, services):
        assert "serviceName\ta" in done("info", "a", "--output", "text").lines
        assert done("info", "a", "--output", "table").lines[0].split() == ["FIELD", "VALUE"]
        assert services

    def test_options_may_come_first(self, services):
        assert done("--output", "json", "ls").json()
        assert services


class TestQuery:
    @pytest.mark.parametrize(
        ("words", "out"),
        [
            (["ls", "--query", "[].serviceName"], "a\nb\n"),
            (["ls", "--query", "[0].serviceName"], "a\n"),
            (["ls", "--query", "[].[serviceName, role]"], "a\t\nb\t\n"),
            (["ls", "--query", "[?serviceName=='b'].description"], "[bold]second\n"),
            (["ls", "--query", "length(@)", "--output", "text"], "2\n"),
            (["info", "a", "--query", "serviceName"], "a\n"),
            (["info", "a", "--query", "none"], "\n"),
        ],
    )
    def test_text(self, services, words, out):
        assert done(*words).out == out
        assert services

    def test_documents(self, services):
        words = ("--query", "[].{name: serviceName}")
        assert done("ls", *words, "--output", "json").json() == [{"name": "a"}, {"name": "b"}]
        assert done("ls", *words, "--output", "yaml").out == "- name: a\n- name: b\n"
        assert done("ls", *words, "--output", "table").out == "NAME\na\nb\n"
        assert json.loads(done("ls", *words).lines[0]) == {"name": "a"}
        assert services

    def test_bad_expression_is_wrong_usage(self, services):
        result = run("ls", "--query", "[")
        assert result.code == 2
        assert "--query: '[' is not a JMESPath expression" in result.err
        assert services
