"""A function has one HTTP trigger for each qualifier, and then triggers of no other type."""

from local.http_support import add_trigger
from local.support import assert_error


def publish(api):
    """Return the ID of a new version."""
    version: str = api.call("POST", "/services/s/versions", {}).json()["versionId"]
    return version


class TestTrigger:
    def test_is_the_only_one_of_its_qualifier(self, api):
        api.create_service()
        api.create_function()
        add_trigger(api)

        second = add_trigger(api, triggerName="again")
        same = add_trigger(api, triggerName="again", qualifier="LATEST")
        other = add_trigger(api, triggerName="again", qualifier=publish(api))

        for refused in (second, same):
            assert_error(refused, 409, "TriggerAlreadyExists", "'http'", "LATEST")
        assert other.status_code == 200

    def test_remains_the_only_one_of_its_qualifier(self, api):
        api.create_service()
        api.create_function()
        add_trigger(api)
        version = publish(api)
        add_trigger(api, triggerName="again", qualifier=version)
        path = "/services/s/functions/f/triggers/again"

        changed = api.call("PUT", path, {"qualifier": "LATEST"})
        same = api.call("PUT", path, {"qualifier": version})

        assert_error(changed, 400, "InvalidArgument", "'http'", "LATEST")
        assert same.status_code == 200

    def test_is_refused_beside_one_of_another_type(self, api):
        api.create_all()

        assert_error(add_trigger(api), 400, "InvalidArgument", "triggerType", "timer trigger 't'")

    def test_refuses_ones_of_another_type(self, api):
        api.create_service()
        api.create_function()
        add_trigger(api)

        refused = api.create_trigger()

        assert_error(refused, 400, "InvalidArgument", "triggerType", "http trigger 'http'")
