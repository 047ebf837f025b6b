"""The journal: what clients sent, bounded; and verify, which says what came nearest."""

import pytest


@pytest.fixture
def account(control):
    return control.account()


class TestTheJournal:
    def test_holds_each_request_and_its_answer(self, account):
        sid = account.connect(CustomField="order 7")
        account.advance(60)
        account.v1("GET", f"Calls/{sid}?details=true")
        first, second = account.get("requests", answers="true")["requests"]

        assert (1, "POST", "Calls/connect.json", 200) == tuple(
            first[key] for key in ("number", "method", "path", "status")
        )
        assert {
            "From": "09811100001", "To": "09822200002", "CallerId": "08047112233",
            "CustomField": "order 7",
        } == first["parameters"]  # fmt: skip
        assert f'"Sid": "{sid}"' in first["answer"]
        assert ("2026-03-01T12:01:00.000000+05:30", {"details": "true"}) == (
            second["at"],
            second["parameters"],
        )

    def test_masks_credentials(self, account):
        account.connect()
        (entry,) = account.get("requests")["requests"]

        assert (account.auth[0], "***") == (entry["user"], entry["password"])
        assert account.auth[1] not in str(account.get("requests", answers="true"))

    def test_holds_answers_that_were_kept(self, account):
        """The second is answered from memory, and written down all the same."""
        for _ in range(3):
            account.v1("GET", "Calls.json")
        assert 3 == account.get("requests")["total"]

    def test_holds_what_was_refused(self, account):
        account.try_connect(To="nobody")
        (entry,) = account.get("requests")["requests"]
        assert 400 == entry["status"]
        assert entry["why"].startswith("To: 'nobody' is not a telephone number")

    @pytest.mark.parametrize(
        ("query", "numbers"),
        [
            ({"method": "get"}, [2, 3]),
            ({"path": "Calls/connect"}, [1, 4]),
            ({"path": "Calls.json"}, [2]),
            ({"parameter": "To"}, [1, 4]),
            ({"parameter": "To=09822200003"}, [4]),
            ({"method": "POST", "parameter": "To=09822200002"}, [1]),
            ({"limit": "1"}, [4]),
        ],
    )
    def test_is_filtered(self, account, query, numbers):
        account.connect()
        account.v1("GET", "Calls")
        account.v1("GET", "Numbers/09876543210")
        account.connect(To="09822200003")
        found = account.get("requests", **query)["requests"]

        assert numbers == [entry["number"] for entry in found]

    def test_is_bounded_and_says_how_many_it_dropped(self, controlled):
        account = controlled(journal_entries=3).account()
        for _ in range(5):
            account.connect()
        journal = account.get("requests")

        assert [3, 4, 5] == [entry["number"] for entry in journal["requests"]]
        assert (5, 2) == (journal["total"], journal["dropped"])

    def test_is_bounded_in_bytes_over_all_accounts(self, controlled):
        """The longest loses its older half first: a quiet account keeps what it has."""
        control = controlled(journal_bytes=60_000)
        quiet, loud = control.account("quiet"), control.account("loud")
        quiet.connect()
        for i in range(60):
            loud.connect(CustomField=f"{i}" + "x" * 100)

        assert 0 == quiet.get("requests")["dropped"]
        assert 0 < loud.get("requests")["dropped"] < 60

    def test_can_be_forgotten(self, account):
        account.connect()
        account.control.delete(f"accounts/{account.sid}/requests")
        assert {"requests": [], "total": 0, "dropped": 0} == account.get("requests")


class TestVerify:
    @pytest.fixture
    def story(self, account):
        for to in ("09822200002", "09822200003"):
            account.connect(To=to, CustomField="order 7")
        account.v1("GET", "Calls.json")
        return account

    @pytest.mark.parametrize(
        ("wanted", "matched", "count"),
        [
            ({"method": "POST", "path": "Calls/connect"}, True, 2),
            ({"path": "Calls/connect.json", "count": {"eq": 2}}, True, 2),
            ({"path": "Calls/connect", "count": {"eq": 1}}, False, 2),
            ({"form": {"To": "09822200003"}}, True, 1),
            ({"form": {"To": "09822200004"}}, False, 0),
            ({"form": {"To": "09822200004"}, "count": {"lte": 0}}, True, 0),
            ({"method": "POST", "count": {"gte": 2, "lte": 3}}, True, 2),
            ({"method": "DELETE"}, False, 0),
        ],
    )
    def test_counts_what_matches(self, story, wanted, matched, count):
        answer = story.post("requests/verify", wanted)
        assert (matched, count) == (answer["matched"], answer["count"])

    def test_shows_how_the_closest_differ(self, story):
        wanted = {
            "method": "POST",
            "path": "Calls/connect",
            "form": {"To": "09822200004", "Url": "x"},
        }
        first, *_rest = story.post("requests/verify", wanted)["closest"]

        assert ["To is '09822200003', wanted '09822200004'", "Url is missing, wanted 'x'"] == first[
            "differs"
        ]
        assert 2 == first["request"]["number"]

    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ({"count": {}}, "count: expected gte, lte or eq"),
            ({"count": {"gte": -1}}, "count"),
            ({"metod": "GET"}, "metod: unknown; did you mean 'method'?"),
        ],
    )
    def test_refuses_what_is_wrong(self, story, wanted, said):
        assert said in story.post("requests/verify", wanted, 400)["detail"]
