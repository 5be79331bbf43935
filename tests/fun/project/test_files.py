"""Which files of a project a function is made of."""

import pytest
from fun.support import FILES, PROJECT, problems, write

from fc_client.fun.project.files import select
from fc_client.fun.project.globs import InvalidGlobError


@pytest.fixture
def root(folder):
    write(folder, dict.fromkeys(FILES, "x"))
    return folder


def names(root, *codes):
    return list(select(root, codes).members)


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "found"),
        [
            ("greeting.js", ["greeting.js"]),
            ("./greeting.js", ["greeting.js"]),
            ("lib", ["lib/a.js", "lib/l.json", "lib/sub/b.js"]),
            ("lib/", ["lib/a.js", "lib/l.json", "lib/sub/b.js"]),
            ("lib/*.js", ["lib/a.js"]),
            ("lib/**/*.js", ["lib/a.js", "lib/sub/b.js"]),
            ("lib/**", ["lib/a.js", "lib/l.json", "lib/sub/b.js"]),
            ("**/b.js", ["lib/sub/b.js"]),
            ("{data,lib}/*.json", ["data/d.json", "lib/l.json"]),
            ("{main,hub}.{js,py}", ["hub.js", "main.py"]),
            ("h?b.js", ["hub.js"]),
            ("[gh]ub.js", ["hub.js"]),
            ("[!g]ub.js", ["hub.js"]),
            (".hidden", [".hidden"]),
            (".h*", [".hidden"]),
            ("*hidden", []),
            ("nosuch", []),
            ("main.py/x", []),
            ("a{b", []),
        ],
    )
    def test_select(self, root, pattern, found):
        assert names(root, pattern) == found

    @pytest.mark.parametrize("pattern", ["../outside.js", "/etc/passwd", "lib/../../x", "", "!x"])
    def test_are_refused(self, root, pattern):
        with pytest.raises(InvalidGlobError):
            select(root, [pattern])

    def test_stand_for_a_limited_number_of_patterns(self, root):
        with pytest.raises(InvalidGlobError, match="more than 1000"):
            select(root, ["{a,b}" * 11])

    def test_that_overlap_select_each_file_once(self, root):
        assert names(root, "*.py", "main.py", "./main.py", "**/main.py") == ["main.py"]

    def test_without_a_match_are_told(self, root):
        assert select(root, ["main.py", "missing/*.js"]).unmatched == ["missing/*.js"]


class TestFolders:
    def test_star_is_all_but_dot_files_and_the_project(self, root):
        own = [name for name in FILES if not name.startswith(".")]
        assert names(root, "*") == sorted(own)

    def test_dot_is_the_whole_folder(self, root):
        assert names(root, ".") == names(root, "*")

    def test_dot_files_in_them_are_left_out(self, root):
        write(root, {"lib/.cache": "x"})
        assert "lib/.cache" not in names(root, "lib")
        assert names(root, "lib/.cache") == ["lib/.cache"]

    def test_secrets_in_them_are_told(self, root):
        write(root, {"lib/server.key": "-----BEGIN PRIVATE KEY-----"})
        selection = select(root, ["lib"])
        assert "lib/server.key" not in selection.members
        assert selection.left_out == ["lib/server.key"]
        assert names(root, "lib/server.key") == ["lib/server.key"]

    def test_links_are_kept(self, root):
        (root / "lib" / "link.js").symlink_to("a.js")
        (root / "all").symlink_to("lib")
        assert "lib/link.js" in names(root, "lib")
        assert names(root, "all") == ["all"]

    @pytest.mark.parametrize("pattern", ["link/*.js", "link/s.js", "l*/s.js", "lib/out/**"])
    def test_links_out_of_the_project_are_refused(self, root, pattern):
        write(root, {"../out/s.js": "x"})
        (root / "link").symlink_to("../out")
        (root / "lib" / "out").symlink_to(root.parent / "out")
        with pytest.raises(InvalidGlobError, match="leaves the folder of the project"):
            select(root, [pattern])
        text = PROJECT.replace("- greeting.js", f"- greeting.js\n            - {pattern}")
        assert problems(root, text) == [(13, "services[0].functions[0].codes[1]", "FILES")]

    def test_links_in_the_project_are_followed(self, root):
        (root / "all").symlink_to("lib")
        assert names(root, "all/*.js") == ["all/a.js"]

    def test_project_may_be_in_a_folder_that_is_a_link(self, root):
        link = root.parent / "link"
        link.symlink_to(root)
        assert names(link, "lib/*.js") == ["lib/a.js"]

    def test_links_in_a_circle_end(self, root):
        (root / "lib" / "again").symlink_to("..")
        assert "lib/again" in names(root, "**/*")


class TestIgnoreFile:
    @pytest.mark.parametrize(
        ("ignored", "pattern", "found"),
        [
            ("*.json", "lib", ["lib/a.js", "lib/sub/b.js"]),
            ("sub/", "lib/**/*.js", ["lib/a.js"]),
            ("/lib", "lib/*.js", []),
            ("*.js\n!a.js", "lib", ["lib/a.js", "lib/l.json"]),
            ("main.py\r\n# comment", "main.py", []),
        ],
    )
    def test_excludes(self, root, ignored, pattern, found):
        write(root, {".funignore": ignored})
        assert names(root, pattern) == found

    def test_that_cannot_be_read_is_an_error(self, root):
        (root / ".funignore").mkdir()
        with pytest.raises(OSError, match="funignore"):
            select(root, ["*"])
