"""A fault of the database that workers share: it is named as long as it lasts, also without leases."""

import resource

import pytest

from conftest import Driver
from laws.test_disk_full import WHY, fine, health, limit_files
from serve.conftest import until


def refuse(server):
    """Let the server's files not grow, and give what ends that, and what the log says of it."""
    limit_files(server, 0)
    return lambda: limit_files(server, resource.RLIM_INFINITY), "the disk refuses"


def displace(server):
    """Move the server's database away, and give as `refuse`."""
    file = server.tmp.parent / "calls.db"
    file.rename(file.with_name("away.db"))
    return lambda: file.with_name("away.db").rename(file), "its file is gone"


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux has prlimit")
class TestWorkers:
    @pytest.mark.parametrize("fault", [refuse, displace], ids=lambda each: each.__name__)
    def test_name_the_fault_as_long_as_it_lasts(self, serve, fault):
        """Also when their leases are lost by it; it is over when they can be renewed."""
        server = serve(
            "--database", "calls.db", "--workers", "2", "--lease", "1", "--lease-renewal", "0.2"
        )
        driver = Driver(server)
        sid = driver.connect()
        mend, why = fault(server)
        until(lambda: health(server.url).json().get("lease") == "lost")
        until(lambda: 2 == len(server.err.find("lease of this process is lost")))
        until(lambda: why in health(server.url).json().get("detail", ""))
        for _ in range(20):
            told, answer = health(server.url), driver.try_connect()
            assert [503, 503] == [told.status_code, answer.status_code]
            assert why in told.json()["detail"]
            assert why in answer.headers[WHY]
        assert [] == server.err.find("can be written again")

        mend()
        until(lambda: fine(server.url) and driver.try_connect().status_code == 200, 20)
        assert sid == driver.call(sid)["Sid"]
        until(lambda: 2 == len(server.err.find("can be written again")))
        assert 2 == len(server.err.find(f"ERROR .*{why}"))
        assert [] == server.err.find("Traceback")
