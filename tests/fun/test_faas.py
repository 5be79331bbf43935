"""Files of users, rewritten, and files made to be hard: what fun says of each of them."""

import shutil
from pathlib import Path

import pytest
from fun.support import FAAS, FILES, run, write

VALID = (
    *("d01-crlf.yml", "d04-anchors-and-merge.yml", "d09-account-id-too-big-for-a-double.yml"),
    "d13-group-without-description-odd-endpoint.yml",
    "d17-api-name-is-part-of-another.yml",
    *("r01-hello.yml", "r04-same-path-two-methods-parameters.yaml"),
    *("r08-openid-path-parameter.yml", "r09-timer-trigger-chinese-comment.yaml"),
    "r10-java-jar.yaml",
)

# Each line up to the words of the message, and its kind.
INVALID = {
    "d02-tab-indentation.yml": [("faas.yml:13: tab in the indentation", "PARSE")],
    "d05-globs.yml": [("faas.yml:21: services[0].functions[0].codes[8]: '../outside.js'", "FILES")],
    "d06-wrong-types.yml": [
        ("faas.yml:7: services: expected a list", "SHAPE"),
        ("faas.yml:9: services.functions: expected a list", "SHAPE"),
        ("faas.yml:12: services.functions.codes: expected a list", "SHAPE"),
    ],
    "d15-post-without-body-format.yml": [
        ("faas.yml:16: groups[0].apis[0].body_format: required for POST", "VALUE"),
        ("faas.yml:18: groups[0].apis[0].path: must begin with /", "VALUE"),
        ("faas.yml:19: groups[0].apis[0].function: must be REGION/SERVICE/FUNCTION", "VALUE"),
        ("faas.yml:20: groups[0].apis[0].timeout: must be 1 to 30 seconds, got 31", "VALUE"),
    ],
    "d21-codes-match-nothing.yml": [
        ("faas.yml:11: services[0].functions[0].codes: no file matches 'nosuch.js'", "FILES"),
        ("faas.yml:14: services[0].functions[1].codes: empty", "FILES"),
    ],
    "r14-readme-code-not-codes.yml": [
        (
            "faas.yml:13: services[0].functions[0].code: unknown key; did you mean 'codes'?",
            "SHAPE",
        )
    ],
    "r16-unquoted-id-capital-secret-key.yml": [
        ("faas.yml:3: AccessKeySecret: unknown key; did you mean 'accessKeySecret'?", "SHAPE")
    ],
    "r19-openfaas-stack.yml": [
        ("faas.yml: neither function-compute nor api-gateway", "OTHER"),
    ],
}


@pytest.fixture
def root(folder):
    """Return the current folder, with the files that those of FAAS name."""
    (folder / "faas.yml").unlink()
    write(folder, dict.fromkeys(FILES, "x"))
    return folder


def use(name, root):
    shutil.copy(FAAS / name, root / f"faas{Path(name).suffix}")


def test_every_file_has_an_expected_result():
    assert sorted(path.name for path in FAAS.iterdir()) == sorted([*VALID, *INVALID])


@pytest.mark.parametrize("name", VALID)
def test_valid(root, name):
    use(name, root)
    result = run("validate")
    assert (result.code, result.err) == (0, "")


@pytest.mark.parametrize("name", VALID)
@pytest.mark.usefixtures("server")
def test_valid_files_are_deployed_once(root, name):
    use(name, root)
    first, second = run("deploy"), run("deploy")
    assert (first.code, second.code) == (0, 0), first.err
    assert second.err.splitlines()[-1] == first.err.splitlines()[-1].replace("created", "unchanged")


@pytest.mark.usefixtures("server")
def test_globs_without_the_one_that_leaves_the_folder(root):
    text = (FAAS / "d05-globs.yml").read_text(encoding="utf-8")
    write(root, {"faas.yml": text.replace("            - '../outside.js'\n", "")})
    result = run("deploy")
    assert result.code == 0
    assert result.err.count("Warning: ") == 1


@pytest.mark.parametrize("name", INVALID)
def test_invalid(root, name):
    use(name, root)
    result = run("validate")
    lines = [line for line in result.err.splitlines() if not line.startswith("Warning: ")]
    assert result.code == 2
    assert len(lines) == len(INVALID[name])
    for line, (start, kind) in zip(lines, INVALID[name], strict=True):
        assert line.startswith(start)
        assert line.endswith(f" [{kind}]")


def test_pattern_without_a_match_is_a_warning(root):
    use("d05-globs.yml", root)
    assert "Warning: services[0].functions[0].codes: no file matches 'missing/*.js'" in (
        run("validate").err
    )


@pytest.mark.parametrize("name", INVALID)
def test_invalid_files_send_nothing(root, name, server):
    use(name, root)
    assert run("deploy").code == 2
    with server.client() as client:
        assert not list(client.iter_services())
