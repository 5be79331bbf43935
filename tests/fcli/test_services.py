from fcli.support import done, run


class TestCreate:
    def test_every_flag(self, client):
        result = done(
            "mks", "demo", "-d", "A first one", "-r", "acs:ram::1:role/r", "-p", "project",
            "-l", "store", "--internet-access", "--vpc-id", "vpc-1",
            "--v-switch-ids", "vsw-1,vsw-2", "--v-switch-ids", "vsw-3",
            "--security-group-id", "sg-1",
        )  # fmt: skip

        service = client.get_service("demo")
        assert result.out == "/fc/demo created\n"
        assert service.description == "A first one"
        assert service.role == "acs:ram::1:role/r"
        assert (service.log_config.project, service.log_config.logstore) == ("project", "store")
        assert service.internet_access is True
        assert service.vpc_config.v_switch_ids == ("vsw-1", "vsw-2", "vsw-3")

    def test_flag_with_a_value(self, client):
        done("mks", "demo", "--internet-access=false")
        assert client.get_service("demo").internet_access is False

    def test_value_that_begins_with_a_dash(self, client):
        done("mks", "demo", "-d", "-d")
        assert client.get_service("demo").description == "-d"

    def test_twice_is_refused_by_the_service(self, client):
        done("mks", "demo")
        result = run("mks", "demo")
        assert (result.code, result.out) == (1, "")
        assert "409 ServiceAlreadyExists" in result.err
        assert "request id" in result.err
        assert client.get_service("demo")

    def test_etag_has_no_effect_and_says_so(self, client):
        result = done("mks", "demo", "--etag", "x")
        assert "--etag is ignored" in result.err
        assert client.get_service("demo")

    def test_prints_the_resource_where_asked_for(self, server):
        assert server
        assert done("mks", "demo", "--output", "json").json()["serviceName"] == "demo"

    def test_prints_nothing_when_quiet(self, server):
        assert server
        assert done("mks", "demo", "--quiet").out == ""


class TestUpdate:
    def test_sends_what_is_given_and_nothing_else(self, client):
        client.create_service("demo", description="before", role="acs:ram::1:role/r")

        result = done("ups", "demo", "--description", "")

        service = client.get_service("demo")
        assert result.out == "/fc/demo updated\n"
        assert service.description == ""
        assert service.role == "acs:ram::1:role/r"

    def test_etag_protects_from_other_changes(self, client):
        etag = client.create_service("demo").etag
        done("ups", "demo", "-d", "one", "--etag", etag)
        result = run("ups", "demo", "-d", "two", "--etag", etag)
        assert result.code == 1
        assert "412 PreconditionFailed" in result.err
        assert client.get_service("demo").description == "one"

    def test_without_flags_is_wrong_usage(self, client):
        client.create_service("demo")
        result = run("ups", "demo")
        assert result.code == 2
        assert "nothing to update" in result.err
