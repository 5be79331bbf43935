"""What is said about files that people write by mistake."""

import pytest
from fun.support import PROJECT, write

from fc_client.fun.project.loading import load_project
from fc_client.fun.project.problems import ProjectError

API = """\
api-gateway:
  groups:
    - name: grp
      apis:
        - name: one
          path: /one
          function: {function}
"""


MISSPELT = (
    "groups[0].apis[0].function: not a function of this file; did you mean "
    "'cn-shanghai/svc/greeting'?"
)


def messages(root, text):
    """Return the lines that are printed for a file."""
    (root / "faas.yml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ProjectError) as caught:
        load_project(root)
    return str(caught.value).splitlines()


def with_line(line):
    return f"{PROJECT}          {line}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PROJECT.replace("handler: g", "handler:\tg"), "10: a tab after a word; use spaces"),
        (PROJECT.replace(".index", ".index\t"), "10: a tab after a word; use spaces"),
        (PROJECT.replace("          handler", "\t  handler"), "10: tab in the indentation"),
        (PROJECT.encode() + b"# \xe9\n", "13: the file is not UTF-8; save it as UTF-8"),
        (PROJECT.encode() + b"# \0\n", "13: a control character, which YAML does not allow"),
        (PROJECT.replace("svc test", r'"\ud800"'), "5: half of a character"),
    ],
)
def test_of_characters(folder, text, message):
    [line] = messages(folder, text)
    assert line.startswith(f"faas.yml:{message}")
    assert line.endswith("[PARSE]")


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("3.0", "expected a whole number in decimal digits, got the text '3.0' [SHAPE]"),
        ("0x10", "expected a whole number in decimal digits, got the text '0x10' [SHAPE]"),
        ("1_0", "expected a whole number in decimal digits, got the text '1_0' [SHAPE]"),
        ("010", "expected a whole number in decimal digits, got the text '010' [SHAPE]"),
        ("ten", "expected a number, got the text 'ten' [SHAPE]"),
        ("'10'", "expected a number, without quotes, got the text '10' [SHAPE]"),
        ("9" * 30, f"must be 1 to 300 seconds, got {'9' * 30} [VALUE]"),
        ("-" + "9" * 5000, f"must be 1 to 300 seconds, got -{'9' * 76}... [VALUE]"),
        ("[1]", "expected a number, got a list [SHAPE]"),
    ],
)
def test_of_numbers(folder, word, message):
    [line] = messages(folder, with_line(f"timeout: {word}"))
    assert line == f"faas.yml:13: services[0].functions[0].timeout: {message}"


def with_event(event):
    config = f"{{events: ['{event}']}}"
    source = "sourceArn: acs:oss:cn-shanghai:123:bucket, role: r"
    return with_line(f"triggers: [{{name: t, type: oss, {source}, config: {config}}}]")


@pytest.mark.parametrize(
    ("event", "meant"),
    [
        ("oss:ObjectCreatd:*", "oss:ObjectCreated:*"),
        ("oss:objectCreated:*", None),
        ("oss:Objectcreated:putobject", "oss:ObjectCreated:PutObject"),
        ("oss:ObjectCreated:PutObjct", "oss:ObjectCreated:PutObject"),
        ("oss:ObjectRemovd:DeleteObjets", "oss:ObjectRemoved:DeleteObjects"),
    ],
)
def test_of_misspelt_events(folder, event, meant):
    [line] = messages(folder, with_event(event))
    hint = f"; did you mean {meant!r}?" if meant else ""
    assert line == (
        "faas.yml:13: services[0].functions[0].triggers[0].config.events[0]: must be an event "
        f"such as oss:ObjectCreated:*, got {event!r}{hint} [VALUE]"
    )


@pytest.mark.parametrize(
    "event",
    [
        *("oss:ObjectCreated:*", "oss:ObjectCreated:UploadPartCopy", "oss:ObjectRemoved:*"),
        *("oss:ObjectReplication:ObjectModified", "oss:ObjectCreated:Renamed", "oss:ObjectCreated"),
    ],
)
def test_events_that_are_not_known_are_left_to_the_service(folder, event):
    write(folder, {"faas.yml": with_event(event)})
    assert load_project(folder).warnings == ()


@pytest.mark.parametrize("section", ["function-compute", "api-gateway", "role"])
def test_of_a_section_without_content(folder, section):
    text = PROJECT if section != "function-compute" else API.format(function="cn-shanghai/s/f")
    [line] = messages(folder, f"{section}:\n{text}")
    assert line == f"faas.yml:1: {section}: expected a mapping, got nothing [SHAPE]"


def test_of_settings_without_content(folder):
    text = PROJECT.replace("description: svc test", "logConfig:\n      vpcConfig:")
    assert messages(folder, text) == [
        "faas.yml:5: services[0].logConfig: expected a mapping, got nothing [SHAPE]",
        "faas.yml:6: services[0].vpcConfig: expected a mapping, got nothing [SHAPE]",
    ]


def test_of_names_as_keys(folder):
    text = (
        "function-compute:\n  region: cn-shanghai\n  services:\n    svc:\n      functions:\n"
        "        one: {handler: greeting.index, codes: greeting.js}\n"
        "        two: {handler: greeting, codes: [greeting.js]}\n"
        "    other: text\n"
    )
    path = "services.svc.functions"
    handler = "must be FILE.FUNCTION, or CLASS::METHOD for Java, got 'greeting'"
    assert messages(folder, text) == [
        "faas.yml:3: services: expected a list, got a mapping [SHAPE]",
        f"faas.yml:5: {path}: expected a list, got a mapping [SHAPE]",
        f"faas.yml:6: {path}.one.codes: expected a list, got the text 'greeting.js' [SHAPE]",
        f"faas.yml:7: {path}.two.handler: {handler} [VALUE]",
        "faas.yml:8: services.other: expected a mapping, got the text 'text' [SHAPE]",
    ]


def test_of_names_of_variables(folder):
    lines = messages(folder, with_line("environmentVariables: {'': a, B=c: d, E f: g}"))
    assert len(lines) == 2
    assert "'B=c' cannot be the name of a variable [VALUE]" in lines[1]


@pytest.mark.parametrize(
    ("function", "warnings"),
    [
        ("cn-shanghai/svc/greeting", ()),
        ("cn-shanghai/elsewhere/greeting", ()),
        (
            "cn-shanghai/svc/greting",
            (MISSPELT,),
        ),
        (
            "cn-beijing/svc/greeting",
            (MISSPELT,),
        ),
    ],
)
def test_api_of_a_function_that_its_service_does_not_have_is_a_warning(folder, function, warnings):
    write(folder, {"faas.yml": PROJECT + API.format(function=function)})
    assert load_project(folder).warnings == warnings
