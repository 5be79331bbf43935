"""The search for secrets finds what it should."""

from support.leaks import SECRET, TOKEN, failing, leaks, printed


class TestSearch:
    """The search itself finds what there is to find."""

    def test_finds_attributes_and_items(self):
        error = ValueError("outer")
        error.details = [{"key": (SECRET,)}]
        assert f"'{SECRET}'" in leaks(error)

    def test_finds_variables_of_frames(self):
        code = "def fail():\n    held = [token.encode()]\n    raise ValueError(held.pop())"
        namespace = {"token": TOKEN}
        exec(compile(code, "elsewhere", "exec"), namespace)
        error = failing(namespace["fail"], ValueError)
        error.args = ()
        assert leaks(error) == []

        exec(compile(code.replace("held.pop()", ""), "elsewhere", "exec"), namespace)
        error = failing(namespace["fail"], ValueError)
        assert f"b'{TOKEN}'" in leaks(error)
        assert TOKEN in printed(error)
