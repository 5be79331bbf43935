"""Links out of node_modules become files; npm itself runs in test_dependencies."""

import pytest

from fc_client import DependencyError
from fc_client.code.npm_links import copy_linked


@pytest.fixture
def modules(tmp_path):
    """Return an empty node_modules."""
    modules = tmp_path / "project" / "node_modules"
    modules.mkdir(parents=True)
    return modules


@pytest.fixture
def package(modules):
    """Return a package beside node_modules."""
    package = modules.parent / "x"
    (package / "bin").mkdir(parents=True)
    (package / "bin" / "x.js").write_text("1")
    return package


def test_link_to_a_package_becomes_its_files(modules, package):
    (modules / "x").symlink_to("../x")
    (modules / ".bin").mkdir()
    (modules / ".bin" / "x").symlink_to("../x/bin/x.js")
    copy_linked(modules)
    assert not (modules / "x").is_symlink()
    assert (modules / ".bin" / "x").is_symlink()
    assert (modules / ".bin" / "x").resolve() == modules / "x" / "bin" / "x.js"
    assert (package / "bin" / "x.js").read_text() == "1"


def test_link_to_a_file_becomes_the_file(modules, package):
    (modules / "x.js").symlink_to(package / "bin" / "x.js")
    copy_linked(modules)
    assert not (modules / "x.js").is_symlink()
    assert (modules / "x.js").read_text() == "1"


def test_packages_that_need_each_other_are_copied_once(modules, package):
    other = modules.parent / "y"
    for one, name in ((package, "y"), (other, "x")):
        (one / "node_modules").mkdir(parents=True)
        (one / "node_modules" / name).symlink_to(f"../../{name}")
    (modules / "x").symlink_to("../x")
    copy_linked(modules)
    inner = modules / "x" / "node_modules" / "y"
    assert not inner.is_symlink()
    assert (inner / "node_modules" / "x").is_symlink()
    assert (inner / "node_modules" / "x").resolve() == modules / "x"


def test_link_that_leads_nowhere_is_refused(modules):
    (modules / "x").symlink_to("../missing")
    with pytest.raises(DependencyError, match=r"node_modules/x a link to \.\./missing, which does"):
        copy_linked(modules)


def test_link_to_what_contains_it_is_refused(modules):
    (modules / "x").symlink_to("..")
    with pytest.raises(DependencyError, match="node_modules/x a link to a directory that contains"):
        copy_linked(modules)
