from __future__ import annotations

import base64

import pytest
from local.storage.zips import FILE, make_zip
from local.support import zip_code, zipped

from fc_client.local.storage.code_storage import CodeStorage, CodeTooLargeError, InvalidCodeError


def crc64_bit_by_bit(content: bytes) -> int:
    """Compute CRC-64/XZ by its definition; that of b"123456789" is 11051210869376104954."""
    crc = 0xFFFFFFFFFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xC96C5795D7870F42 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFFFFFFFFFF


class TestPut:
    @pytest.fixture
    def storage(self, tmp_path):
        return CodeStorage(tmp_path / "code", tmp_path / "oss")

    def test_the_zip_and_its_tree_are_there_by_checksum(self, storage):
        content = zipped(m="x = 1")

        stored = storage.put(zip_code(content))

        assert stored.size == len(content)
        assert storage.zip(stored.checksum).read_bytes() == content
        taken = storage.take(storage.tree(stored.checksum))
        assert (taken / "m.py").read_text() == "x = 1"

    def test_the_checksum_is_the_unsigned_crc64(self, storage):
        content = zipped()

        assert storage.put(zip_code(content)).checksum == str(crc64_bit_by_bit(content))

    def test_a_bad_zip_leaves_nothing(self, storage, tmp_path):
        with pytest.raises(InvalidCodeError):
            storage.put(zip_code(make_zip(("ok", FILE, b""), ("../evil", FILE, b""))))

        assert [path for path in (tmp_path / "code").rglob("*") if path.parent.name != "code"] == []

    def test_another_checksum_than_expected_is_rejected(self, storage):
        with pytest.raises(InvalidCodeError, match=r"checksum must be 1, got \d+"):
            storage.put(zip_code(zipped()), expected="1")

    @pytest.mark.parametrize(
        "code", [{"zipFile": "a b"}, {"zipFile": "é"}, {"zipFile": "abc"}, {"zipFile": 1}]
    )
    def test_invalid_base64_is_rejected(self, storage, code):
        with pytest.raises(InvalidCodeError, match="zipFile"):
            storage.put(code)

    @pytest.mark.parametrize("code", [{}, {"zipFile": None}, {"ossBucketName": "b"}])
    def test_missing_code_is_rejected(self, storage, code):
        with pytest.raises(InvalidCodeError, match="must have zipFile"):
            storage.put(code)

    def test_a_zip_over_100_mb_is_too_large(self, storage):
        with pytest.raises(CodeTooLargeError, match="104857600"):
            storage.put({"zipFile": "A" * (141 * 1024 * 1024)})


class TestOss:
    @pytest.fixture
    def oss(self, tmp_path):
        oss = tmp_path / "oss"
        (oss / "bucket" / "deep").mkdir(parents=True)
        (oss / "bucket" / "deep" / "code.zip").write_bytes(zipped(m="x = 1"))
        (tmp_path / "secret.zip").write_bytes(zipped(secret="x = 1"))
        (oss / "other.zip").write_bytes(zipped(secret="x = 1"))
        (oss / "bucket" / "out").symlink_to(tmp_path)
        return oss

    @staticmethod
    def code(bucket, name):
        return {"ossBucketName": bucket, "ossObjectName": name}

    def test_an_object_is_taken(self, tmp_path, oss):
        storage = CodeStorage(tmp_path / "code", oss)

        stored = storage.put(self.code("bucket", "deep/code.zip"))

        assert (storage.take(storage.tree(stored.checksum)) / "m.py").exists()

    @pytest.mark.parametrize(
        ("bucket", "name"),
        [
            ("bucket", "missing.zip"),
            ("bucket", "deep"),
            ("missing", "code.zip"),
            ("bucket", "../../secret.zip"),
            ("bucket", "../other.zip"),
            ("bucket", "out/secret.zip"),
            ("..", "secret.zip"),
            (".", "other.zip"),
            ("", "other.zip"),
            ("bucket/..", "other.zip"),
            ("bucket", "nul\0.zip"),
            ("bucket", "\ud800"),
            ("bucket", ""),
            ("bucket", "x" * 5000),
        ],
    )
    def test_other_files_are_not_found(self, tmp_path, oss, bucket, name):
        with pytest.raises(InvalidCodeError, match="does not exist"):
            CodeStorage(tmp_path / "code", oss).put(self.code(bucket, name))

    @pytest.mark.parametrize(("bucket", "name"), [(1, "code.zip"), ("bucket", ["code.zip"])])
    def test_the_names_must_be_strings(self, tmp_path, oss, bucket, name):
        with pytest.raises(InvalidCodeError, match="must be strings"):
            CodeStorage(tmp_path / "code", oss).put(self.code(bucket, name))

    def test_a_zip_over_500_mb_is_too_large(self, tmp_path, oss):
        with (oss / "bucket" / "large.zip").open("wb") as file:
            file.truncate(500 * 1024 * 1024 + 1)

        with pytest.raises(CodeTooLargeError, match="524288000"):
            CodeStorage(tmp_path / "code", oss).put(self.code("bucket", "large.zip"))

    def test_without_a_root_it_says_what_is_missing(self, tmp_path):
        with pytest.raises(InvalidCodeError, match="oss_root"):
            CodeStorage(tmp_path / "code").put(self.code("bucket", "code.zip"))


class TestRemoving:
    @pytest.mark.parametrize("held", [True, False])
    def test_removed_code_stays_while_it_is_held(self, tmp_path, held):
        storage = CodeStorage(tmp_path)
        stored = storage.put(zip_code(zipped()))
        if held:
            storage.hold(storage.tree(stored.checksum))

        storage.remove_zip(stored.checksum)

        assert storage.zip(stored.checksum).exists() == held
        assert storage.tree(stored.checksum).exists() == held

    def test_the_sweep_keeps_what_is_referred_to(self, tmp_path):
        storage = CodeStorage(tmp_path)
        kept = storage.put(zip_code(zipped(m="kept")))
        gone = storage.put(zip_code(zipped(m="gone")))
        (tmp_path / "staging" / "left-over").mkdir()

        storage.sweep({kept.checksum})

        assert storage.take(storage.tree(kept.checksum)).exists()
        assert storage.zip(kept.checksum).exists()
        assert not storage.tree(gone.checksum).exists()
        assert not storage.zip(gone.checksum).exists()
        assert list((tmp_path / "staging").iterdir()) == []

    def test_base64_of_the_stored_zip_is_what_came(self, tmp_path):
        storage = CodeStorage(tmp_path)
        code = zip_code(zipped())

        stored = storage.put(code)

        assert (
            base64.b64encode(storage.zip(stored.checksum).read_bytes()).decode() == code["zipFile"]
        )
