"""deploy_version and deploy_alias, and the same for AsyncClient."""

import pytest
from support.clients import CLIENTS
from support.releases import Releases

from fc_client import Code, ServiceNotFoundError, VersionNotFoundError, VersionPublishError

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))
CLEARED = "  + additional_version_weight: {}"
FUNCTION = {"runtime": "python3", "handler": "i.h", "code": ZIP}


@pytest.fixture(params=CLIENTS)
def releases(request):
    with Releases(request.param) as releases:
        yield releases


class TestOnTheEmbeddedServer:
    """The embedded server has more fields than the fake service below."""

    def test_a_release_its_canary_and_its_end(self, deploy, local):
        deploy.service("s")
        deploy.function("s", "f", **FUNCTION)
        first = deploy.version("s")
        assert deploy.version("s").action == "unchanged"
        deploy.alias("s", "prod", version_id=first.resource.version_id)
        deploy.function("s", "f", **FUNCTION, timeout=9)
        second = deploy.version("s", description="slow")
        canary = deploy.alias("s", "prod", version_id=second.resource.version_id, canary=0.1)
        back = deploy.alias("s", "prod", version_id=first.resource.version_id)

        assert str(second) == "created version s/2\n  ~ functions.f.timeout: 3 -> 9"
        assert str(canary) == "updated alias s/prod\n  + additional_version_weight.2: 0.1"
        assert str(back) == "updated alias s/prod\n  - additional_version_weight.2: 0.1\n" + CLEARED
        assert local.get_service("s", qualifier="2").description == "slow"
        assert local.get_function("s", "f", qualifier="prod").timeout == 3

    def test_a_version_must_exist(self, deploy):
        deploy.service("s")
        with pytest.raises(VersionNotFoundError):
            deploy.alias("s", "prod", version_id="5")


class TestDeployVersion:
    def test_publishes_what_has_changed(self, releases):
        first = releases.version(description="first")
        again = releases.version(description="second")
        releases.functions["f"] = {**releases.functions["f"], "timeout": 5, "codeChecksum": "2"}
        second = releases.version()

        assert (first.action, first.resource.version_id) == ("created", "1")
        assert (again.action, again.resource.version_id) == ("unchanged", "1")
        assert again.resource.description == "first"
        assert (second.action, second.resource.version_id) == ("created", "2")
        assert str(again) == "unchanged version s/1"
        assert str(second) == (
            "created version s/2\n"
            '  ~ functions.f.codeChecksum: "1" -> "2"\n'
            "  ~ functions.f.timeout: 3 -> 5"
        )

    def test_shows_what_the_service_has_and_had(self, releases):
        releases.version()
        secret = {"environmentVariables": {"TOKEN": "secret"}}
        releases.functions = {"g": {"functionName": "g", "runtime": "python3", **secret}}
        releases.service = {**releases.service, "role": "other", "lastModifiedTime": "2021"}

        assert str(releases.version()) == (
            "created version s/2\n"
            '  ~ role: "r" -> "other"\n'
            '  - functions.f.codeChecksum: "1"\n'
            "  - functions.f.timeout: 3\n"
            '  + functions.g.runtime: "python3"\n'
            "  + functions.g.environmentVariables.TOKEN: ***"
        )

    def test_shows_layers_once(self, releases):
        releases.version()
        layers = {"layers": ["m#l#1"], "layersArnV2": ["acs:fc:r:1:layers/l/versions/1"]}
        releases.functions["f"] = {**releases.functions["f"], **layers}

        assert releases.version().changes[0].after == {"f": {"layers": ["m#l#1"]}}

    @pytest.mark.parametrize("name", ["createdTime", "lastModifiedTime", "description"])
    def test_is_unchanged_if_only_that_differs(self, releases, name):
        releases.version()
        releases.service = {**releases.service, name: "2022-04-08T08:00:15Z"}
        releases.functions["f"] = {**releases.functions["f"], "logConfig": {}}

        assert releases.version().action == "unchanged"

    def test_dry_run_publishes_nothing(self, releases):
        planned = releases.version(description="d", dry_run=True)

        assert releases.versions == {}
        assert set(releases.methods()) == {"GET"}
        assert (planned.resource.version_id, planned.resource.description) == ("new", "d")
        assert str(planned).startswith("would create version s/new\n  + role: ")
        assert planned.requires is None

    def test_dry_run_of_what_is_published(self, releases):
        releases.version()
        planned = releases.version(dry_run=True)
        assert (planned.action, planned.dry_run) == ("unchanged", True)

    def test_dry_run_needs_no_service(self, releases):
        releases.exists = False
        assert str(releases.version(dry_run=True)) == (
            "would create version s/new, once service s exists"
        )
        with pytest.raises(ServiceNotFoundError):
            releases.version()

    def test_service_knows_better_whether_anything_has_changed(self, releases):
        releases.version()
        releases.service = {**releases.service, "newer": "x"}
        releases.refuses = True

        assert releases.version().resource.version_id == "1"

    def test_error_of_the_first_version_is_raised(self, releases):
        releases.refuses = True
        with pytest.raises(VersionPublishError):
            releases.version()


class TestDeployAlias:
    def test_is_created_and_moved(self, releases):
        created = releases.alias("prod", "1", description="d")
        again = releases.alias("prod", "1")
        moved = releases.alias("prod", "2")

        assert [each.action for each in (created, again, moved)] == [
            "created",
            "unchanged",
            "updated",
        ]
        assert created.changed == ("version_id", "description")
        assert str(moved) == 'updated alias s/prod\n  ~ version_id: "1" -> "2"'
        assert (moved.resource.version_id, moved.resource.description) == ("2", "d")

    def test_canary_runs_a_share(self, releases):
        releases.alias("prod", "1")
        canary = releases.alias("prod", "2", canary=0.1)
        again = releases.alias("prod", "2", canary=0.1)

        assert str(canary) == "updated alias s/prod\n  + additional_version_weight.2: 0.1"
        assert canary.resource.version_id == "1"
        assert canary.resource.additional_version_weight == {"2": 0.1}
        assert again.action == "unchanged"

    @pytest.mark.parametrize("version", ["1", "2"])
    def test_canary_ends_as_its_version_or_as_the_one_before(self, releases, version):
        releases.alias("prod", "1")
        releases.alias("prod", "2", canary=0.1)
        done = releases.alias("prod", version)

        assert releases.aliases["prod"]["versionId"] == version
        assert releases.aliases["prod"]["additionalVersionWeight"] == {}
        assert done.action == "updated"

    def test_canary_of_an_alias_that_is_new_or_names_the_version_is_none(self, releases):
        created = releases.alias("prod", "1", canary=0.1)
        again = releases.alias("prod", "1", canary=0.1)

        assert (created.action, again.action) == ("created", "unchanged")
        assert releases.aliases["prod"] == {"aliasName": "prod", "versionId": "1"}

    def test_dry_run_changes_nothing(self, releases):
        planned = releases.alias("prod", "new", dry_run=True)
        assert releases.aliases == {}
        assert str(planned) == 'would create alias s/prod\n  + version_id: "new"'

        releases.alias("prod", "1")
        planned = releases.alias("prod", "new", canary=0.5, dry_run=True)
        assert planned.resource.additional_version_weight == {"new": 0.5}
        assert releases.aliases["prod"]["versionId"] == "1"

    def test_dry_run_needs_no_service(self, releases):
        releases.exists = False
        assert releases.alias("prod", "new", dry_run=True).requires == "service s"
        with pytest.raises(ServiceNotFoundError):
            releases.alias("prod", "1")

    @pytest.mark.parametrize(
        ("arguments", "kind", "message"),
        [
            ({"canary": 0}, ValueError, r"^canary: must be more than 0 and less than 1, got 0"),
            ({"canary": 1}, ValueError, r"^canary: must be more than 0 and less than 1, got 1"),
            ({"canary": "0.1"}, TypeError, r"^canary: expected a number, got str"),
            ({"canary": True}, TypeError, r"^canary: expected a number, got bool"),
            ({"version_id": ""}, ValueError, r"^version_id: must not be empty"),
            ({"version_id": 1}, TypeError, r"^version_id: expected a str, got int"),
            ({"description": 5}, TypeError, r"^description: expected a str, got int"),
        ],
    )
    def test_wrong_arguments_are_named(self, releases, arguments, kind, message):
        with pytest.raises(kind, match=message):
            releases._deploy("alias", ("s", "prod"), {"version_id": "1", **arguments})
        assert releases.methods() == []
