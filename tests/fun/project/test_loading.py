"""What a file may have, and what is wrong where."""

import re

import pytest
from fun.support import PROJECT, problems, write

from fc_client.fun.project.loading import load_project
from fc_client.fun.project.problems import ProjectError, ProjectNotFoundError

API = """\
api-gateway:
  groups:
    - name: grp
      apis:
        - name: one
          path: /one
          function: cn-shanghai/svc/greeting
"""


def loaded(root, text):
    (root / "faas.yml").write_text(text, encoding="utf-8")
    return load_project(root).content


def function_with(line):
    """Return a project whose function has another line."""
    return f"{PROJECT}          {line}\n"


class TestWords:
    @pytest.mark.parametrize(
        "word", ["yes", "no", "on", "off", "2018-01-20", "007", "1e1", "12:30:45", "=", "'<<'", "1"]
    )
    def test_stay_words_where_text_belongs(self, folder, word):
        file = loaded(folder, PROJECT.replace("svc test", word))
        assert file.function_compute.services[0].description == word.strip("'")

    def test_of_an_account_id_stay_digits(self, folder):
        assert loaded(folder, f"accountid: 09223372036854775807\n{PROJECT}").accountid == (
            "09223372036854775807"
        )

    @pytest.mark.parametrize("word", ["true", "8080", "1.50", "no"])
    def test_of_the_environment_are_text(self, folder, word):
        file = loaded(folder, function_with(f"environmentVariables: {{NAME: {word}}}"))
        [function] = file.function_compute.services[0].functions
        assert function.environment_variables == {"NAME": word}

    def test_without_a_value_are_left_out(self, folder):
        file = loaded(folder, PROJECT.replace("svc test", ""))
        assert file.function_compute.services[0].description is None

    def test_after_a_byte_order_mark(self, folder):
        assert problems(folder, b"\xef\xbb\xbf" + PROJECT.encode()) == []

    def test_have_no_carriage_return(self, folder):
        text = PROJECT.replace("svc test", "|\n        one\n        two").replace("\n", "\r\n")
        write(folder, {"faas.yml": text})
        [service] = load_project(folder).content.function_compute.services
        assert service.description == "one\ntwo\n"


class TestDefaults:
    def test_are_the_guides(self, folder):
        text = PROJECT.replace("          runtime: nodejs8\n", "")
        [function] = loaded(folder, text).function_compute.services[0].functions
        assert function.defaults == {"runtime": "nodejs6", "timeout": 3, "memorySize": 128}

    def test_of_parameters(self, folder):
        text = API + "          parameters:\n            - name: q\n              required: true\n"
        [parameter] = loaded(folder, text).api_gateway.groups[0].apis[0].parameters
        assert (parameter.location, parameter.type) == ("Query", "String")
        assert parameter.required == "REQUIRED"

    def test_words_of_a_choice_are_taken_in_any_case(self, folder):
        text = API + "          method: post\n          body_format: stream\n"
        [api] = loaded(folder, text).api_gateway.groups[0].apis
        assert (api.method, api.body_format) == ("POST", "STREAM")


class TestKeys:
    def test_of_users_are_left_alone(self, folder):
        assert problems(folder, "x-a: {b: [1]}\n" + function_with("x-team: web")) == []

    def test_of_users_are_kept_in_the_environment(self, folder):
        file = loaded(folder, function_with("environmentVariables: {x-name: v}"))
        [function] = file.function_compute.services[0].functions
        assert function.environment_variables == {"x-name": "v"}

    @pytest.mark.parametrize(
        ("key", "meant"),
        [("memory", "memorySize"), ("memory-size", "memorySize"), ("enviromentVariables", "envi")],
    )
    def test_that_are_misspelt_get_a_suggestion(self, folder, key, meant):
        (folder / "faas.yml").write_text(function_with(f"{key}: 1"))
        with pytest.raises(Exception, match=f"{key}: unknown key; did you mean '{meant}"):
            load_project(folder)

    @pytest.mark.parametrize(
        ("kind", "config", "found"),
        [
            ("timer", "{cron: x}", "config.cron: unknown key; did you mean 'cronExpression'"),
            ("oss", "{event: []}", "config.event: unknown key; did you mean 'events'"),
            ("oss", "{filter: {keys: {}}}", "filter.keys: unknown key; did you mean 'key'"),
            ("oss", "{filter: {key: {prefx: x}}}", "key.prefx: unknown key; did you mean 'prefix'"),
            ("log", "{sourceConf: {}}", "unknown key; did you mean 'sourceConfig'"),
            ("log", "{sourceConfig: {x: 1}}", "sourceConfig.x: unknown key; known keys: logstore"),
            ("log", "{jobConfig: {retry: 1}}", "retry: unknown key; known keys: triggerInterval"),
            ("log", "{logConfig: {store: 1}}", "store: unknown key; did you mean 'logstore'"),
        ],
    )
    def test_of_triggers_are_those_of_their_type(self, folder, kind, config, found):
        trigger = f"{{name: t, type: {kind}, config: {config}}}"
        (folder / "faas.yml").write_text(function_with(f"triggers: [{trigger}]"))
        with pytest.raises(ProjectError, match=re.escape(found)):
            load_project(folder)

    @pytest.mark.parametrize("kind", ["timer", "oss", "log", "clock"])
    def test_of_a_trigger_itself(self, folder, kind):
        trigger = f"{{name: t, type: {kind}, config: {{}}, source_arn: a}}"
        (folder / "faas.yml").write_text(function_with(f"triggers: [{trigger}]"))
        with pytest.raises(ProjectError, match=r"source_arn: .* did you mean 'sourceArn'"):
            load_project(folder)

    def test_that_begin_with_an_angle_bracket_are_unknown(self, folder):
        (folder / "faas.yml").write_text(function_with("<name>: 1"))
        with pytest.raises(ProjectError, match="<name>: unknown key"):
            load_project(folder)

    def test_that_are_like_none_get_the_known_ones(self, folder):
        (folder / "faas.yml").write_text(function_with("zzz: 1"))
        with pytest.raises(Exception, match="zzz: unknown key; known keys: name, description"):
            load_project(folder)


class TestProblems:
    @pytest.mark.parametrize(
        ("line", "found"),
        [
            ("timeout: 301", (13, "timeout", "VALUE")),
            ("timeout: '3'", (13, "timeout", "SHAPE")),
            ("timeout: 3s", (13, "timeout", "SHAPE")),
            ("timeout: [3]", (13, "timeout", "SHAPE")),
            ("memorySize: 130", (13, "memorySize", "VALUE")),
            ("environmentVariables: []", (13, "environmentVariables", "SHAPE")),
            ("environmentVariables: {A: [1]}", (13, "environmentVariables.A", "SHAPE")),
            ("triggers:", (13, "triggers", "SHAPE")),
            ("initializer: nothing", (13, "initializer", "VALUE")),
            ("name: again", (13, "name", "PARSE")),
        ],
    )
    def test_of_a_function(self, folder, line, found):
        number, key, kind = found
        path = f"services[0].functions[0].{key}"
        assert problems(folder, function_with(line)) == [(number, path, kind)]

    @pytest.mark.parametrize(
        ("old", "new", "kind"),
        [
            ("region: cn-shanghai", "region: Shanghai", "VALUE"),
            ("runtime: nodejs8", "runtime: nodejs9", "VALUE"),
            ("name: svc", "name: 1svc", "VALUE"),
            ("handler: greeting.index", "handler: greeting", "VALUE"),
            ("handler: greeting.index", "", "SHAPE"),
            ("handler: greeting.index", "handler:", "SHAPE"),
            ("- greeting.js", "- /etc/passwd", "FILES"),
            ("- greeting.js", "- [greeting.js]", "SHAPE"),
            ("- greeting.js", "- '!greeting.js'", "FILES"),
            ("- greeting.js", "- '*.py'", "FILES"),
        ],
    )
    def test_of_values(self, folder, old, new, kind):
        assert [each[2] for each in problems(folder, PROJECT.replace(old, new))] == [kind]

    @pytest.mark.parametrize(
        ("lines", "kind"),
        [
            ("path: one", "VALUE"),
            ("method: FETCH", "VALUE"),
            ("method: PUT", "VALUE"),
            ("visibility: secret", "VALUE"),
            ("auth_type: NONE", "VALUE"),
            ("parameters: [{name: t, location: Path}]", "VALUE"),
            ("parameters: [{name: t, location: Body}]", "VALUE"),
            ("parameters: [{name: t}, {name: t}]", "VALUE"),
            ("parameters: [{name: t}, {name: t, location: Head}]", "VALUE"),
            ("parameters: [{name: ''}]", "VALUE"),
            ("constant_parameters: [{name: c, value: ''}]", "VALUE"),
            ("path: /one?a=b", "VALUE"),
            ("path: /one%20", "VALUE"),
            ("path: /one#two", "VALUE"),
            ("path: '/one[x]'", "VALUE"),
            ("path: '/[x]y/z'", "VALUE"),
            ("path: '/[x'", "VALUE"),
            ("path: '/[x]/[x]'", "VALUE"),
            (f"path: /{'a' * 256}", "VALUE"),
            ("parameters: [{names: t}]", "SHAPE"),
            ("constant_parameters: [{name: t}]", "SHAPE"),
            ("system_parameters: [{name: CaClientIP2}]", "VALUE"),
            ("timeout: 0", "VALUE"),
        ],
    )
    def test_of_an_api(self, folder, lines, kind):
        text = (
            API.replace("path: /one", lines)
            if lines.startswith("path")
            else (f"{API}          {lines}\n")
        )
        assert [each[2] for each in problems(folder, text)] == [kind]

    @pytest.mark.parametrize(
        "path", ["/", "/a/", "/users/[id]/[name]", "/caf\u00e9/a,b", f"/{'a' * 255}"]
    )
    def test_are_none_of_a_path_that_the_gateway_takes(self, folder, path):
        assert problems(folder, API.replace("/one", f"'{path}'")) == []

    def test_of_paths_that_differ_in_names_of_parameters_only(self, folder):
        text = API.replace("/one", "'/u/[x]'")
        other = "        - {name: two, path: '/u/[y]', function: cn-shanghai/svc/greeting}\n"
        assert problems(folder, text + other) == [(8, "groups[0].apis[1].path", "VALUE")]
        assert problems(folder, text + other.replace("name", "method: DELETE, name")) == []

    @pytest.mark.parametrize("old", ["name: grp", "name: one"])
    @pytest.mark.parametrize(("new", "count"), [("a" * 50, 0), ("a" * 51, 1), ("''", 1)])
    def test_of_names_of_the_gateway(self, folder, old, new, count):
        assert len(problems(folder, API.replace(old, f"name: {new}"))) == count

    @pytest.mark.parametrize(
        ("kind", "arn", "count"),
        [
            ("oss", "acs:oss:cn-shanghai:123:bucket", 0),
            ("oss", "bucket", 1),
            ("oss", "acs:log:cn-shanghai:123:project/p", 1),
            ("log", "acs:log:cn-shanghai:123:project/p", 0),
            ("log", "acs:log:cn-shanghai:123:p", 1),
        ],
    )
    def test_of_sources_of_events(self, folder, kind, arn, count):
        line = f"triggers: [{{name: t, type: {kind}, config: [], role: r, sourceArn: {arn!r}}}]"
        path = "services[0].functions[0].triggers[0].sourceArn"
        found = [each for each in problems(folder, function_with(line)) if each[1] == path]
        assert found == [(13, path, "VALUE")] * count

    @pytest.mark.parametrize("endpoint", ["ftp://a", "http://a/b", "http://u:p@h", "a b"])
    def test_of_an_endpoint(self, folder, endpoint):
        text = API.replace("api-gateway:\n", f"api-gateway:\n  endpoint: {endpoint}\n")
        assert problems(folder, text) == [(2, "api-gateway.endpoint", "VALUE")]

    @pytest.mark.parametrize(
        "word",
        ["user@example.com", "1234567890123456/evil.example", "123", "\u0661" * 12],
    )
    def test_of_an_account_id(self, folder, word):
        assert problems(folder, f"accountid: {word}\n{PROJECT}") == [(1, "accountid", "VALUE")]

    def test_are_all_found_at_once(self, folder):
        text = PROJECT.replace("cn-shanghai", "x").replace("handler", "handlr") + API.replace(
            "/one", "one"
        )
        text = text.replace("greeting.js", "nosuch.js")
        kinds = [each[2] for each in problems(folder, text)]
        assert kinds == ["VALUE", "SHAPE", "FILES", "VALUE"]

    def test_of_repeated_names(self, folder):
        _, _, functions = PROJECT.partition("      functions:\n")
        text = f"{PROJECT}{functions}{API}{API.partition('apis:')[2].removeprefix(chr(10))}"
        found = problems(folder, text)
        assert [each[1] for each in found] == [
            "services[0].functions[1].name",
            "groups[0].apis[1].name",
            "groups[0].apis[1].path",
        ]

    @pytest.mark.parametrize(
        ("trigger", "where"),
        [
            ("{name: t, type: timer}", "config"),
            ("{name: t, type: timer, config: {}}", "config.cronExpression"),
            ("{name: t, type: timer, config: {cronExpression: '* *'}}", "config.cronExpression"),
            ("{name: t, type: timer, config: {cron: '@every 1m'}}", "config.cron"),
            ("{name: t, type: clock, config: {}}", "type"),
            ("{name: t, type: oss, role: r, config: {events: [x]}}", "config.events[0]"),
            ("{name: t, type: oss, role: r, config: {events: []}}", "config.events"),
            ("{name: t, type: log, config: []}", "config"),
        ],
    )
    def test_of_a_trigger(self, folder, trigger, where):
        found = problems(folder, function_with(f"triggers: [{trigger}]"))
        assert f"services[0].functions[0].triggers[0].{where}" in [each[1] for each in found]


class TestUnreadable:
    @pytest.mark.parametrize(
        ("text", "line", "kind"),
        [
            (b"", 1, "SHAPE"),
            (b"# nothing\n", 1, "SHAPE"),
            (b"- a\n", 1, "SHAPE"),
            (b"text\n", 1, "SHAPE"),
            (b"a: [\n", 2, "PARSE"),
            (b"a: &x [*x]\n", 1, "PARSE"),
            (b"a: !ruby/object 1\n", 1, "PARSE"),
            (b"function-compute: 1\n---\nb: 2\n", 2, "PARSE"),
            (b"a: 1\nb: \xff\n", 2, "PARSE"),
            (b"a: 1\nb: \x00\n", 2, "PARSE"),
            (b"a: 1\nb: *missing\n", 2, "PARSE"),
            (b"[a]: 1\n", 1, "PARSE"),
            (b"[" * 5000, 0, "PARSE"),
            (b"a: " + b"x" * (1 << 20), 0, "PARSE"),
            (b"function-compute: {<<: 1}\n", 1, "PARSE"),
        ],
    )
    def test_is_one_problem(self, folder, text, line, kind):
        assert problems(folder, text) == [(line, "", kind)]

    def test_billions_of_values_by_aliases(self, folder):
        lines = ["x-a0: &a0 [1, 2, 3, 4, 5, 6, 7, 8, 9]"]
        lines += [f"x-a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
        [(_, _, kind)] = problems(folder, "\n".join(lines))
        assert kind == "PARSE"

    def test_no_file(self, tmp_path):
        with pytest.raises(ProjectNotFoundError, match="no faas"):
            load_project(tmp_path)

    def test_of_two_files_the_guides_first_is_used(self, folder):
        (folder / "faas.yaml").write_text("- broken")
        project = load_project(folder)
        assert project.file == "faas.yml"
        assert project.warnings == ("faas.yml is used, and not faas.yaml",)
