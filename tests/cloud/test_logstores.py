"""prepare_logstore() against the embedded server."""

import pytest

from fc_client.cloud import CloudError, LogClient, StepError, Steps, prepare_logstore


class TestPrepare:
    def test_it_creates_what_is_missing(self, log, name):
        steps = Steps()

        prepare_logstore(log, name, "logs", ttl=7, shard_count=2, steps=steps)

        assert log.get_logstore(name, "logs").ttl == 7
        assert log.get_logstore(name, "logs").shard_count == 2
        assert "functionName" in log.get_index(name, "logs")["keys"]
        assert steps.done == [
            f"project {name} created",
            "logstore logs created",
            "index of logs created",
        ]

    def test_again_it_changes_nothing(self, log, name):
        prepare_logstore(log, name, "logs", ttl=7)
        steps = Steps()

        prepare_logstore(log, name, "logs", ttl=30, steps=steps)

        assert steps.done == []
        assert log.get_logstore(name, "logs").ttl == 7

    def test_an_index_gets_the_field_and_keeps_its_own(self, log, name):
        log.create_project(name)
        log.create_logstore(name, "logs")
        own = {"keys": {"level": {"type": "text", "token": [" "]}}, "line": {"token": [","]}}
        log.create_index(name, "logs", own)

        prepare_logstore(log, name, "logs")

        index = log.get_index(name, "logs")
        assert set(index["keys"]) == {"level", "functionName"}
        assert index["line"]["token"] == [","]


class SlowLog(LogClient):
    """Does not know a new project for some calls, as the cloud for some seconds."""

    def __init__(self, *arguments, slow):
        super().__init__(*arguments)
        self.slow = slow

    def create_logstore(self, project, name, **options):
        if self.slow > 0:
            self.slow -= 1
            raise CloudError("not yet", code="ProjectNotExist", status_code=404)
        super().create_logstore(project, name, **options)


class LosingLog(LogClient):
    """Creates a logstore, but says that the project is not there yet."""

    def create_logstore(self, project, name, **options):
        super().create_logstore(project, name, **options)
        raise CloudError("not yet", code="ProjectNotExist", status_code=404)


class TestWaiting:
    def test_a_new_project_gets_some_time(self, fc, credentials, name):
        pauses = []
        log = SlowLog(fc.endpoint, credentials, slow=3)

        prepare_logstore(log, name, "logs", sleep=pauses.append)

        assert len(pauses) == 3
        assert list(log.iter_logstores(name)) == ["logs"]

    def test_but_not_for_ever(self, fc, credentials, name):
        log = SlowLog(fc.endpoint, credentials, slow=1000)

        with pytest.raises(StepError) as caught:
            prepare_logstore(log, name, "logs", wait=5, sleep=lambda _: None)

        assert caught.value.done == (f"project {name} created",)
        assert caught.value.failed == "create logstore logs"
        assert caught.value.is_missing
        assert log.slow == 1000 - 6

    def test_what_an_attempt_before_has_created_is_accepted(self, fc, credentials, name):
        log = LosingLog(fc.endpoint, credentials)

        prepare_logstore(log, name, "logs", sleep=lambda _: None)

        assert list(log.iter_logstores(name)) == ["logs"]

    def test_a_project_that_is_not_new_gets_none(self, fc, credentials, log, name):
        log.create_project(name)

        with pytest.raises(StepError):
            prepare_logstore(
                SlowLog(fc.endpoint, credentials, slow=1), name, "logs", sleep=pytest.fail
            )

    def test_other_errors_end_it(self, fc, credentials, name):
        with pytest.raises(StepError, match="ParameterInvalid"):
            prepare_logstore(LogClient(fc.endpoint, credentials), name, "L", sleep=pytest.fail)
