from fc_client._call.polling import Polling
from fc_client.exceptions import NotFoundError, ServiceNotFoundError


class TestPolling:
    def test_delays_double_up_to_the_largest(self):
        polling = Polling(None, 1, 5)
        assert [polling.next_delay(None) for _ in range(5)] == [1, 2, 4, 5, 5]

    def test_last_delay_ends_with_the_timeout(self):
        assert 0 < Polling(3, 60, 60).next_delay(None) <= 3

    def test_what_was_not_found_may_appear_soon_after_the_start(self):
        polling = Polling(None, 1, 5)
        assert polling.may_appear(NotFoundError())
        assert not polling.may_appear(ServiceNotFoundError())

    def test_what_was_not_found_for_long_is_missing(self):
        polling = Polling(None, 1, 5)
        polling._started -= 31
        assert not polling.may_appear(NotFoundError())
