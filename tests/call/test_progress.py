from fc_client._call.progress import with_progress


class TestCounted:
    def test_tells_of_a_chunk_once_it_is_done(self):
        told = []
        chunks = with_progress([b"ab", b"c"], 3, lambda *numbers: told.append(numbers))
        assert (next(chunks), told) == (b"ab", [])
        assert (next(chunks), told) == (b"c", [(2, 3)])
        assert (next(chunks, None), told) == (None, [(2, 3), (3, 3)])

    def test_nobody_needs_to_listen(self):
        assert list(with_progress([b"ab", b"c"], None, None)) == [b"ab", b"c"]
