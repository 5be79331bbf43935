"""A dry run reads, compares, and changes nothing."""

import pytest

from fc_client import Code, DeploymentError, LogConfig, ServiceNotFoundError
from fc_client.triggers import oss, timer

ZIP = Code.from_zip(b"PK\x05\x06" + bytes(18))
SERVICE = {"description": "d", "log_config": LogConfig("p", "l")}
FUNCTION = {"runtime": "python3", "handler": "i.h", "code": ZIP, "timeout": 9}
TRIGGER = {"trigger_config": timer(cron="@every 1h")}

STACK = [("service", ("s",), SERVICE), ("function", ("s", "f"), FUNCTION)]
STACK.append(("trigger", ("s", "f", "t"), TRIGGER))

DIFFERING = {
    "service": {"description": "e"},
    "function": {**FUNCTION, "timeout": 8, "environment_variables": {"A": "b"}},
    "trigger": {"trigger_config": timer(cron="@every 2h")},
}


def run(deploy, what, names, settings, **options):
    return getattr(deploy, what)(*names, **settings, **options)


@pytest.fixture
def stored(deploy):
    for each in STACK:
        run(deploy, *each)
    deploy.sent()


class TestOfWhatIsMissing:
    def test_sends_reads_alone(self, deploy, local):
        planned = [run(deploy, *each, dry_run=True) for each in STACK]

        assert [each.action for each in planned] == ["created"] * 3
        assert deploy.methods() == ["GET"] * 3
        assert list(local.iter_services()) == []

    def test_says_what_must_be_created_first(self, deploy):
        planned = [run(deploy, *each, dry_run=True) for each in STACK]
        run(deploy, *STACK[0])
        trigger = run(deploy, *STACK[2], dry_run=True)

        assert [each.requires for each in planned] == [None, "service s", "service s"]
        # The service is there, its function is not.
        assert trigger.requires == "function s/f"

    def test_is_what_then_happens(self, deploy):
        for each in STACK:
            planned, done = (run(deploy, *each, dry_run=dry_run) for dry_run in (True, False))
            assert planned.changes == done.changes
            assert (planned.dry_run, done.dry_run) == (True, False)

    def test_shows_the_resource_as_it_would_be(self, deploy):
        service, function, trigger = (run(deploy, *each, dry_run=True) for each in STACK)

        assert service.resource.service_name == "s"
        assert service.resource.log_config == LogConfig("p", "l")
        assert function.resource.function_name == "f"
        assert function.resource.code_checksum == ZIP.checksum
        assert trigger.resource.trigger_type == "timer"
        assert trigger.resource.etag is None

    def test_a_real_one_needs_its_service(self, deploy):
        with pytest.raises(ServiceNotFoundError):
            run(deploy, *STACK[1])


@pytest.mark.usefixtures("stored")
class TestOfWhatIsStored:
    @pytest.mark.parametrize(("what", "names", "settings"), STACK)
    def test_without_a_difference(self, deploy, what, names, settings):
        planned = run(deploy, what, names, settings, dry_run=True)

        assert (planned.action, planned.changes) == ("unchanged", ())
        assert planned.resource.etag is not None
        assert deploy.methods() == ["GET"]

    @pytest.mark.parametrize(("what", "names"), [each[:2] for each in STACK])
    def test_with_a_difference(self, deploy, what, names):
        planned = run(deploy, what, names, DIFFERING[what], dry_run=True)
        assert deploy.methods() == ["GET"]
        done = run(deploy, what, names, DIFFERING[what])

        assert planned.action == done.action == "updated"
        assert planned.changes == done.changes
        for name in planned.changed:
            assert getattr(planned.resource, name) == getattr(done.resource, name)

    def test_with_other_code_sends_none(self, deploy, tmp_path):
        (tmp_path / "index.py").write_text("def handler(event, context): pass")
        seen = []
        planned = deploy.function(
            "s",
            "f",
            **{**FUNCTION, "code": tmp_path},
            dry_run=True,
            progress=lambda *numbers: seen.append(numbers),
        )

        (code,) = planned.changes
        assert code.before == {"checksum": ZIP.checksum, "size": ZIP.size}
        assert code.after["checksum"] != ZIP.checksum
        assert planned.resource.code_size == code.after["size"]
        assert seen == []
        assert deploy.methods() == ["GET"]

    def test_of_a_replacement(self, deploy, local):
        uploads = {
            "trigger_config": oss(events=["oss:ObjectCreated:*"]),
            "source_arn": "acs:oss:cn-shanghai:123456:pictures",
            "invocation_role": "r",
        }
        names = ("s", "f", "t")

        with pytest.raises(DeploymentError):
            deploy.trigger(*names, **uploads, dry_run=True)
        planned = deploy.trigger(*names, **uploads, dry_run=True, replace=True)

        assert deploy.methods() == ["GET", "GET"]
        assert planned.action == "replaced"
        assert planned.resource.source_arn == uploads["source_arn"]
        assert planned.resource.trigger_config == uploads["trigger_config"]
        assert planned.resource.created_time is None
        assert local.get_trigger(*names).trigger_type == "timer"
