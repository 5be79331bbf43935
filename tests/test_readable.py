import pytest

from fc_client._readable import brief_payload, counted, listed
from fc_client.models import Function


class TestCounted:
    @pytest.mark.parametrize(("number", "text"), [(0, "0 bytes"), (1, "1 byte"), (2, "2 bytes")])
    def test_unit_is_singular_for_one_only(self, number, text):
        assert counted(number, "byte") == text


class TestBriefPayload:
    @pytest.mark.parametrize(
        ("payload", "text"),
        [
            (b"", "0 bytes"),
            (b"a", "1 byte: a"),
            (b"a\n\tb", "4 bytes: a b"),
            (b"\x1b[31mred\x00", r"9 bytes: \x1b[31mred\x00"),
            ("\u202e\u2028".encode(), r"6 bytes: \u202e"),
            (b"x" * 100, f"100 bytes: {'x' * 100}"),
            (b"x" * 101, f"101 bytes: {'x' * 100}..."),
            ("\N{GRINNING FACE}".encode() * 101, f"404 bytes: {chr(0x1F600) * 100}..."),
            (b"\x89PNG", r"4 bytes: b'\x89PNG'"),
            (b"a" + b" " * 1000 + b"b", "1002 bytes: a..."),
            (b"http://host/?Signature=secret", "29 bytes: http://host/?***"),
        ],
    )
    def test_is_the_size_and_a_safe_start(self, payload, text):
        assert brief_payload(payload) == text

    @pytest.mark.parametrize("offset", range(4))
    def test_start_may_end_within_a_character(self, offset):
        payload = b"x" * offset + "\N{GRINNING FACE}".encode() * 200
        assert brief_payload(payload).endswith(f"{chr(0x1F600)}...")


class TestListed:
    @pytest.mark.parametrize(
        ("items", "text"),
        [
            ([], "0 items"),
            ([Function("a")], "1 item: 'a'"),
            ([Function(name) for name in "abcdef"], "6 items: 'a', 'b', 'c', 'd', 'e', ..."),
            ([1, "x" * 200], f"2 items: 1, '{'x' * 99}..."),
        ],
    )
    def test_names_the_first_items(self, items, text):
        assert listed(items) == text
