"""Versions and aliases: published, moved, shown, deleted."""

import pytest
from fun.support import HANDLER, PROJECT, done, run, write

PUBLISHED = PROJECT.replace("      functions:\n", "      publish: true\n      functions:\n")
ALIASED = PROJECT.replace(
    "      functions:\n",
    "      publish: {description: by fun}\n"
    "      aliases:\n"
    "        prod: latest published\n"
    "      functions:\n",
)
CANARY = ALIASED.replace("prod: latest published", "prod: {version: latest published, weight: 0.1}")


def deployed(folder, text, source=HANDLER):
    """Deploy a project, and return what is printed."""
    write(folder, {"faas.yml": text, "greeting.js": source})
    return done("deploy").out


class TestVersions:
    def test_first_deployment_publishes(self, folder, client):
        assert "    version 1 of svc ok. (created)\n" in deployed(folder, PUBLISHED)
        assert [each.version_id for each in client.iter_service_versions("svc")] == ["1"]

    def test_second_run_is_unchanged(self, folder, client):
        deployed(folder, ALIASED)
        assert "    version 1 of svc unchanged.\n    alias svc/prod unchanged.\n" in deployed(
            folder, ALIASED
        )
        assert len(list(client.iter_service_versions("svc"))) == 1

    def test_has_its_description(self, folder, client):
        deployed(folder, ALIASED)
        [version] = client.iter_service_versions("svc")
        assert version.description == "by fun"

    def test_changed_code_is_published(self, folder, client):
        deployed(folder, PUBLISHED)
        out = deployed(folder, PUBLISHED, HANDLER.replace("hello", "bye"))
        assert "    version 2 of svc ok. (created)\n" in out
        versions = [
            client.invoke_function("svc", "greeting", "you", qualifier=each).payload
            for each in ("1", "2")
        ]
        assert versions == [b"hello you", b"bye you"]

    def test_dry_run_of_a_new_project_plans_both(self, folder, client):
        write(folder, {"faas.yml": ALIASED})
        result = done("diff")
        assert "    new version of svc would be created.\n" in result.out
        assert '    alias svc/prod would be created.\n        + version_id: "new"\n' in result.out
        assert result.err == "4 would be created\n"
        assert not list(client.iter_services())

    def test_dry_run_plans_a_version_for_what_it_would_change(self, folder, client):
        deployed(folder, ALIASED)
        write(folder, {"greeting.js": HANDLER.replace("hello", "bye")})
        out = done("diff").out
        assert "    new version of svc would be created.\n" in out
        assert '        ~ version_id: "1" -> "new"\n' in out
        assert len(list(client.iter_service_versions("svc"))) == 1

    def test_dry_run_shows_what_was_changed_and_not_published(self, folder, client):
        deployed(folder, PUBLISHED)
        client.update_function("svc", "greeting", environment_variables={"A": "1"})
        assert "+ functions.greeting.environmentVariables.A: " in done("diff").out

    def test_description_alone_is_not_published(self, folder, client):
        deployed(folder, PUBLISHED)
        write(folder, {"faas.yml": PUBLISHED.replace("svc test", "another")})
        assert "    version 1 of svc unchanged.\n" in done("diff").out
        done("deploy")
        assert len(list(client.iter_service_versions("svc"))) == 1

    @pytest.mark.parametrize("word", ["false", "x"])
    def test_is_not_published_unless_asked_for(self, folder, client, word):
        key = "publish: false" if word == "false" else "x-publish: true"
        deployed(folder, PUBLISHED.replace("publish: true", key))
        assert not list(client.iter_service_versions("svc"))


class TestAliases:
    def test_moves_to_what_is_published(self, folder, client):
        assert "    => version 1\n" in deployed(folder, ALIASED)
        out = deployed(folder, ALIASED, HANDLER.replace("hello", "bye"))
        assert '        ~ version_id: "1" -> "2"\n    => version 2\n' in out
        assert client.get_alias("svc", "prod").version_id == "2"

    def test_weight_is_the_share_of_the_new_version(self, folder, client):
        deployed(folder, ALIASED)
        out = deployed(folder, CANARY, HANDLER.replace("hello", "bye"))
        assert "    => version 1, version 2 for 10 % of the invocations\n" in out
        alias = client.get_alias("svc", "prod")
        assert (alias.version_id, alias.additional_version_weight) == ("1", {"2": 0.1})
        assert "alias svc/prod unchanged." in deployed(
            folder, CANARY, HANDLER.replace("hello", "bye")
        )
        assert "    => version 2\n" in deployed(folder, ALIASED, HANDLER.replace("hello", "bye"))

    def test_number_rolls_back(self, folder, client):
        deployed(folder, ALIASED)
        deployed(folder, ALIASED, HANDLER.replace("hello", "bye"))
        deployed(folder, ALIASED.replace("latest published", "1"), HANDLER)
        assert client.get_alias("svc", "prod").version_id == "1"

    def test_description(self, folder, client):
        text = ALIASED.replace("latest published", "{version: latest published, description: me}")
        deployed(folder, text)
        assert client.get_alias("svc", "prod").description == "me"

    def test_newest_version_of_others_is_taken(self, folder, client):
        deployed(folder, PROJECT)
        client.publish_service_version("svc")
        deployed(folder, ALIASED.replace("      publish: {description: by fun}\n", ""))
        assert client.get_alias("svc", "prod").version_id == "1"

    @pytest.mark.parametrize("command", ["diff", "deploy"])
    @pytest.mark.usefixtures("server")
    def test_without_a_version_is_an_error(self, folder, command):
        write(folder, {"faas.yml": ALIASED.replace("      publish: {description: by fun}\n", "")})
        result = run(command)
        assert result.code == 1
        assert (
            "Error: alias cn-shanghai/svc/prod: service svc has no version; 'publish: true' "
            "publishes one\n"
        ) in result.err

    @pytest.mark.parametrize("command", ["diff", "deploy"])
    @pytest.mark.usefixtures("server")
    def test_of_a_version_that_does_not_exist_is_an_error(self, folder, command):
        deployed(folder, PUBLISHED)
        write(folder, {"faas.yml": ALIASED.replace("latest published", "7")})
        result = run(command)
        assert result.code == 1
        assert "Error: alias cn-shanghai/svc/prod: service svc has no version 7\n" in result.err


class TestTriggers:
    TIMER = """\
          triggers:
            - name: t
              type: timer
              qualifier: prod
              config: {cronExpression: '@every 60m', enable: false}
"""

    def test_is_created_after_the_alias_that_it_names(self, folder, client):
        out = deployed(folder, ALIASED + self.TIMER)
        assert out.index("alias svc/prod ok.") < out.index("trigger greeting/t ok.")
        assert client.get_trigger("svc", "greeting", "t").qualifier == "prod"

    def test_qualifier_may_change(self, folder, client):
        deployed(folder, ALIASED + self.TIMER)
        out = deployed(folder, ALIASED + self.TIMER.replace("qualifier: prod", "qualifier: 1"))
        assert '~ qualifier: "prod" -> "1"' in out
        assert client.get_trigger("svc", "greeting", "t").qualifier == "1"


class TestInfo:
    @pytest.mark.usefixtures("server")
    def test_shows_version_and_aliases(self, folder):
        deployed(folder, ALIASED)
        out = done("info").out
        assert "    version 1 of svc is the newest one.\n" in out
        assert "    alias svc/prod is deployed.\n    => version 1\n" in out

    @pytest.mark.usefixtures("server", "folder")
    def test_of_what_is_not_deployed(self):
        assert "version" not in done("info").out


class TestRemove:
    def test_deletes_versions_and_aliases(self, folder, client):
        deployed(folder, ALIASED)
        client.create_alias("svc", "mine", version_id="1")
        result = done("remove", "--yes")
        assert (
            "    service svc (with its versions: 1; with aliases that the file does not have: mine)"
            in result.err
        )
        assert "alias svc/prod deleted.\nservice svc deleted.\n" in result.out
        assert not list(client.iter_services())

    def test_leaves_versions_of_a_service_with_other_functions(self, folder, client):
        deployed(folder, ALIASED)
        client.create_function(
            "svc", "other", runtime="nodejs8", handler="greeting.index", code=str(folder)
        )
        result = done("remove", "--yes")
        assert "service svc left: it has functions that the file does not have (other)." in (
            result.out
        )
        assert "versions" not in result.err
        assert len(list(client.iter_service_versions("svc"))) == 1
