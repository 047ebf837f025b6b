"""The other processes on the database are as this server's own: callbacks go to their echo only."""

import pytest

ELSEWHERE = ("nobody-knows-this-host.invalid", 80)


@pytest.fixture
def sibling(receiver):
    """A receiver, which listens where another process might."""
    return receiver, receiver.server.server_port


def told(driver, url):
    """What becomes of the callback of a call: its state."""
    sid = driver.connect(StatusCallback=url)
    driver.advance(600)
    (row,) = driver.rows(sid)
    return row.state


class TestASibling:
    def test_gets_no_callback(self, driver, sibling):
        """Else whoever places a call could have it drive the control API of another process."""
        receiver, port = sibling
        driver.mock.exchange.courier.siblings_listen_on([("localhost", port)])

        assert "refused" == told(driver, receiver.url)
        assert "refused" == told(driver, receiver.url.replace("127.0.0.1", "0.0.0.0"))
        assert [] == receiver.got

    def test_gets_what_goes_to_its_echo(self, driver, sibling):
        """As this server's own."""
        receiver, port = sibling
        driver.mock.exchange.courier.siblings_listen_on([("localhost", port)])

        assert "delivered" == told(driver, f"http://127.0.0.1:{port}/_exomock/echo")
        assert ["/_exomock/echo"] == [each.path for each in receiver.got]

    def test_that_nobody_can_find_hides_no_other(self, driver, sibling):
        """A name that has no address is left out."""
        receiver, port = sibling
        driver.mock.exchange.courier.siblings_listen_on([ELSEWHERE, ("127.0.0.1", port)])

        assert "refused" == told(driver, receiver.url)

    def test_that_has_gone_is_a_receiver_like_any_other(self, driver, sibling):
        """Somebody else may listen there; of this server the paths stay closed."""
        receiver, port = sibling
        courier = driver.mock.exchange.courier
        courier.siblings_listen_on([("127.0.0.1", port)])
        courier.siblings_listen_on([])

        assert "delivered" == told(driver, receiver.url)
        assert "refused" == told(driver, f"{driver.mock.url}/_exomock/accounts")
