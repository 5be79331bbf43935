from __future__ import annotations

import pytest
from local.support import zip_of

from fc_client.local.storage.layer_storage import LayerStorage
from fc_client.local.storage.unpacking import InvalidCodeError, UnpackLimits, unpack


@pytest.fixture
def layers(tmp_path):
    return LayerStorage(tmp_path, lambda content, root: unpack(content, root, UnpackLimits()))


def merged(layers, *contents):
    """Store zips as layers 1, 2, ... and return their merged tree."""
    for number, content in enumerate(contents, 1):
        layers.put(str(number), content)
    tree = layers.tree(str(number) for number in range(1, len(contents) + 1))
    layers.open(tree)
    return tree


class TestLayerStorage:
    def test_files_of_later_layers_count(self, layers):
        tree = merged(layers, zip_of({"a/x": "1", "a/y": "1"}), zip_of({"a/x": "2", "b": "2"}))

        assert (tree / "a/x").read_text() == "2"
        assert (tree / "a/y").read_text() == "1"
        assert (tree / "b").read_text() == "2"

    def test_a_file_replaces_a_directory_and_the_other_way_round(self, layers):
        tree = merged(layers, zip_of({"a/x": "1", "b": "1"}), zip_of({"a": "2", "b/x": "2"}))

        assert (tree / "a").read_text() == "2"
        assert (tree / "b/x").read_text() == "2"

    def test_a_tree_is_made_once(self, layers):
        tree = merged(layers, zip_of({"a": "1"}))
        before = tree.stat().st_ino

        layers.open(tree)

        assert tree.stat().st_ino == before

    def test_a_missing_zip_is_an_error(self, layers):
        tree = layers.tree(["5"])

        with pytest.raises(FileNotFoundError):
            layers.open(tree)

        assert not tree.exists()

    def test_an_unsafe_zip_is_not_stored(self, layers):
        with pytest.raises(InvalidCodeError):
            layers.put("5", zip_of({"../x": ""}))

        assert not layers.zip("5").exists()

    def test_sweep_removes_what_is_not_used(self, layers, tmp_path):
        tree = merged(layers, zip_of({"a": "1"}), zip_of({"a": "2"}))

        layers.sweep({"2"})

        assert not tree.exists()
        assert [path.name for path in (tmp_path / "zips").iterdir()] == ["2.zip"]
        assert not (tmp_path / "staging").exists()
