"""Patterns, with git itself and pathspec as judges."""

import shutil
import subprocess
from pathlib import PurePosixPath

import pathspec
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fc_client.code.gitignore import Patterns, parse

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is the judge")

# The tree that every set of patterns is tried on; a name that ends in a slash is a directory.
TREE = [
    "a", "b", "ab", "abc", "a b", "a ", "!a", "#a", "a]", "a-", "[a]", "a*", "a?", "a\\", "\\a",
    "A", "1", "a.py", ".a", "x/", "x/a", "x/b", "x/ab", "x/x/", "x/x/a", "x/x/b", "x/y/",
    "x/y/a", "x/y/x/", "x/y/x/a", "xa/", "xa/b", "xa/y/", "xa/y/b", "y/", "y/a", "y/.a",
]  # fmt: skip

PIECES = st.sampled_from(
    ["a", "b", "x", "y", "A", "1", ".", "*", "**", "***", "/", "/", "?", "\\", "!", "#", " ", "-",
     "]", "[", "[ab]", "[!a]", "[^a]", "[a-c]", "[c-a]", "[]a]", "[!]a]", "[a\\]]", "[a-]",
     "[\\!a]", "[[:alpha:]]", "[[:digit:]a]", "[[:nope:]]", "[[:a]", "[:", ":]", "[!-/]", "**/",
     "/**", "/**/"]
)  # fmt: skip
LINES = st.lists(st.lists(PIECES, min_size=1, max_size=6).map("".join), min_size=1, max_size=4)


def left_out(lines, tree=TREE):
    """Return the entries of *tree* that the patterns exclude, as a walk finds them."""
    patterns = Patterns(lines)
    excluded = set()
    for entry in tree:
        path = entry.rstrip("/")
        match = patterns.last_match(path, is_directory=entry.endswith("/"))
        below = any(str(parent) in excluded for parent in PurePosixPath(path).parents)
        if below or (match is not None and not match.negated):
            excluded.add(path)
    return excluded


def matches(line, path, *, is_directory=False):
    return parse(line).matches(path, is_directory=is_directory)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    root = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", root], check=True)
    for entry in TREE:
        (root / entry).mkdir() if entry.endswith("/") else (root / entry).touch()
    return root


def excluded_by_git(root, lines):
    (root / ".gitignore").write_text("\n".join(lines) + "\n")
    paths = "\0".join(entry.rstrip("/") for entry in TREE)
    command = ["git", "-c", "core.excludesFile=/dev/null", "check-ignore", "--no-index"]
    done = subprocess.run(
        [*command, "-z", "--stdin"],
        cwd=root,
        input=paths,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return set(filter(None, done.stdout.split("\0")))


class TestGit:
    @needs_git
    @settings(
        max_examples=300,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(lines=LINES)
    def test_excludes_the_same(self, repository, lines):
        assert left_out(lines) == excluded_by_git(repository, lines)


class TestPathspec:
    """Where pathspec follows git's documentation: no odd stars, no odd brackets."""

    SIMPLE = st.lists(
        st.sampled_from(["a", "b", "x", "y", "xa", "*", "?", "*b", "[ab]", "[!a]", "a*", "**"]),
        min_size=1,
        max_size=4,
    ).map("/".join)
    DECORATED = st.tuples(st.sampled_from(["", "/"]), SIMPLE, st.sampled_from(["", "/"])).map(
        "".join
    )

    @settings(max_examples=300, deadline=None)
    @given(line=DECORATED)
    def test_excludes_the_same_files(self, line):
        # Below "x/**/" git finds directories only, pathspec files too.
        assume(not line.endswith("**/"))
        spec = pathspec.GitIgnoreSpec.from_lines([line])
        files = [entry for entry in TREE if not entry.endswith("/") and "\\" not in entry]
        assert left_out([line]) & set(files) == set(spec.match_files(files))


class TestParse:
    @pytest.mark.parametrize("line", ["", "   ", "# a comment", "#"])
    def test_comments_and_blank_lines_are_not_patterns(self, line):
        assert parse(line) is None

    @pytest.mark.parametrize(
        ("line", "path", "expected"),
        [
            ("src", "src", True),
            ("src", "lib/src", True),
            ("/src", "src", True),
            ("/src", "lib/src", False),
            ("./src", "src", False),
            ("src/*", "src/a", True),
            ("src/*", "src/a/b", False),
            ("lib/src", "x/lib/src", False),
            ("**/src", "a/b/src", True),
            ("src/**", "src/a/b", True),
            ("a/**/b", "a/b", True),
            ("a/**/b", "a/x/y/b", True),
            ("*.py", "a/b.py", True),
            ("\\!a", "!a", True),
            ("\\#a", "#a", True),
            ("a\\ ", "a ", True),
            ("a ", "a", True),
            ("a\\", "a\\", False),
            ("[", "[", False),
            ("[c-a]", "b", False),
            ("[!c-a]", "b", True),
            ("[[:digit:]_]", "_", True),
            ("[[:nope:]]", "n", False),
            ("[[:", ":", False),
            ("[[:a]", ":", True),
            ("é?", "éü", True),
            ("*", "two\nlines", True),
            ("/", "a", False),
            ("!", "!", False),
        ],
    )
    def test_meaning(self, line, path, expected):
        assert matches(line, path) is expected

    def test_trailing_slash_means_directories_only(self):
        assert matches("a/", "x/a", is_directory=True)
        assert not matches("a/", "x/a")

    def test_exclamation_mark_negates(self):
        assert (parse("!a").negated, parse("a").negated) == (True, False)


class TestPatterns:
    def test_last_match_wins(self):
        patterns = Patterns(["*.py", "!a.py", "/a.py"])
        assert patterns.last_match("a.py", is_directory=False).text == "/a.py"
        assert patterns.last_match("x/a.py", is_directory=False).text == "!a.py"
        assert patterns.last_match("a.txt", is_directory=False) is None

    def test_unmatched_are_known(self):
        patterns = Patterns(["*.py", "# no pattern", "tests/", "!b.py"])
        patterns.last_match("a.py", is_directory=False)
        patterns.last_match("tests", is_directory=False)
        assert patterns.unmatched() == ["tests/", "!b.py"]

    def test_none_match_nothing(self):
        assert Patterns([]).last_match("a", is_directory=False) is None
