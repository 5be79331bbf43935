from itertools import count, islice

import pytest

from fc_client.exceptions import ResponseError
from fc_client.models import Function
from fc_client.pagination import Page, iterate


class Pages:
    """Gives pages by token, and remembers what was asked for."""

    def __init__(self, pages):
        self.pages = pages
        self.asked = []

    def fetch(self, token):
        self.asked.append(token)
        return self.pages[token]


class TestPage:
    def test_iterates_over_its_items(self):
        page = Page(["a", "b"])
        assert list(page) == ["a", "b"]
        assert len(page) == 2

    def test_repr_names_the_first_items(self):
        page = Page([Function("a"), Function("b")], "token")
        assert repr(page) == "Page(next_token='token', items=<2 items: 'a', 'b'>)"


class TestIterate:
    def test_goes_on_to_the_last_page(self):
        pages = Pages({None: Page("ab", "1"), "1": Page("", "2"), "2": Page("c")})
        assert list(iterate("Op", pages.fetch)) == ["a", "b", "c"]
        assert pages.asked == [None, "1", "2"]

    def test_is_lazy(self):
        pages = Pages({None: Page("ab", "1"), "1": Page("c")})
        items = iterate("Op", pages.fetch)
        assert pages.asked == []
        assert [next(items), next(items)] == ["a", "b"]
        assert pages.asked == [None]

    @pytest.mark.parametrize(
        "pages",
        [
            {None: Page("a", "1"), "1": Page("b", "1", request_id="id-1")},
            {None: Page("a", "2"), "2": Page("b", "1"), "1": Page("c", "2", request_id="id-1")},
        ],
    )
    def test_repeated_token_ends_it(self, pages):
        with pytest.raises(ResponseError, match="nextToken repeated; the list would") as caught:
            list(islice(iterate("Op", Pages(pages).fetch), 10))
        assert (caught.value.operation, caught.value.request_id) == ("Op", "id-1")

    @pytest.mark.parametrize(
        ("items", "pages", "problem"),
        [
            ("", 100, "100 pages without items, one after the other"),
            ("a", 100_000, "more than 100000 pages"),
        ],
    )
    def test_endless_pages_end_it(self, items, pages, problem):
        numbers = count()
        with pytest.raises(ResponseError, match=problem):
            for _ in iterate("Op", lambda _: Page(items, str(next(numbers)))):
                pass
        assert next(numbers) == pages

    def test_some_pages_may_be_empty(self):
        numbers = count(1)

        def fetch(_):
            number = next(numbers)
            return Page("" if number % 100 else "a", None if number == 500 else str(number))

        assert len(list(iterate("Op", fetch))) == 5
