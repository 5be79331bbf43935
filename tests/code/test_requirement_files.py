import pytest

from fc_client import DependencyError
from fc_client.code.requirement_files import requirement_files


def names_of(root, text):
    """Return the relative names of the files that a requirements.txt with *text* names."""
    (root / "requirements.txt").write_text(text)
    return [path.relative_to(root).as_posix() for path in requirement_files(root)]


@pytest.fixture
def root(tmp_path):
    for name in (
        "wheels/a.whl",
        "more/wheels/b.whl",
        "more/list.txt",
        "limits.txt",
        "dir/setup.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
    return tmp_path


class TestRequirementFiles:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("", []),
            ("requests==2.32.3\n# ./wheels/a.whl\nwheels  # wheels/a.whl\n", []),
            ("requests[socks] ; python_version < '3.11'\n--no-index\n", []),
            ("--index-url https://user@index/simple\n-r https://host/list.txt", []),
            ("package @ https://host/wheels/a.whl", []),
            ("package @ git+https://host/repository", []),
            ("-r limits.txt", ["limits.txt"]),
            ("-climits.txt\n-c limits.txt", ["limits.txt"]),
            ("--constraint=limits.txt", ["limits.txt"]),
            ("--requirement missing.txt", []),
            ("./wheels/a.whl", ["wheels/a.whl"]),
            ("wheels/a.whl[extra] ; python_version > '3'", ["wheels/a.whl"]),
            ("wheels/a.whl --hash=sha256:1 \\\n  --hash=sha256:2", ["wheels/a.whl"]),
            ("package @ file:wheels/a.whl", ["wheels/a.whl"]),
            ("-f wheels\n--find-links 'wheels'", ["wheels"]),
            ("--find-links missing", []),
        ],
    )
    def test_are_all_local_files_that_are_named(self, root, text, named):
        assert names_of(root, text) == ["requirements.txt", *named]

    def test_variables_are_expanded(self, root, monkeypatch):
        monkeypatch.setenv("LIST", "limits")
        monkeypatch.delenv("UNSET", raising=False)
        assert names_of(root, "-r ${LIST}.txt\n-r ${UNSET}.txt") == [
            "requirements.txt",
            "limits.txt",
        ]

    def test_urls_of_files_are_absolute(self, root):
        url = (root / "wheels" / "a.whl").as_uri()
        assert names_of(root, f"package @ {url}") == ["requirements.txt", "wheels/a.whl"]

    def test_of_other_lists_are_found_where_pip_looks(self, root):
        (root / "more" / "list.txt").write_text("-f wheels\n-f dir\nwheels/a.whl\n-r list.txt")
        assert names_of(root, "-r more/list.txt") == [
            "requirements.txt", "more/list.txt", "more/wheels", "dir", "wheels/a.whl"
        ]  # fmt: skip

    @pytest.mark.parametrize(
        "line", ["./dir", "./dir[extra]", "-e .", "--editable=dir", "-e git+x"]
    )
    def test_source_that_pip_would_build_in_place_is_refused(self, root, line):
        with pytest.raises(DependencyError, match=r"in its own directory: build a wheel"):
            names_of(root, line)
