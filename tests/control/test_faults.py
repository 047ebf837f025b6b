"""Faults laid down and lifted while a test runs: docs/control-api.md."""

import pytest


@pytest.fixture
def account(control):
    return control.account(scenario="faults: [{name: old, when: {nth: 2}, answer: kyc}]\n")


def statuses(account, count):
    return [account.v1("GET", "Calls.json").status_code for _ in range(count)]


class TestAFault:
    def test_strikes_from_the_moment_it_is_laid_down(self, account):
        fault = account.post("faults", {"name": "bad day", "answer": "service-unavailable"}, 201)
        assert ("1", "fault bad day", 0) == (fault["id"], fault["by"], fault["struck"])
        assert [503, 503] == statuses(account, 2)
        assert 2 == account.get("faults")["faults"][0]["struck"]

    def test_may_be_written_in_yaml(self, account):
        kind = {"Content-Type": "application/yaml"}
        path = f"accounts/{account.sid}/faults"
        account.control.ask("POST", path, 201, data="{times: 1, answer: html}", headers=kind)
        assert [502, 403, 200] == statuses(account, 3)

    def test_comes_before_those_of_the_scenario(self, account):
        """The scenario's counts all the same: its second request is gone."""
        account.post("faults", {"when": {"nth": "1..2"}, "answer": "html"}, 201)
        assert [502, 502, 200] == statuses(account, 3)

    def test_is_lifted_by_its_id(self, account):
        fault = account.post("faults", {"answer": "html"}, 201)
        account.control.delete(f"accounts/{account.sid}/faults/{fault['id']}")
        assert [200] == statuses(account, 1)

    def test_is_lifted_with_all_others(self, account):
        account.post("faults", {"answer": "html"}, 201)
        account.control.delete(f"accounts/{account.sid}/faults")
        assert [] == account.get("faults")["faults"]
        assert [200, 200] == statuses(account, 2)

    def test_goes_with_a_reset_and_the_scenarios_begins_anew(self, account):
        statuses(account, 2)
        account.post("faults", {"answer": "html"}, 201)
        account.post("reset")
        assert [200, 403, 200] == statuses(account, 3)

    def test_stays_where_a_scenario_is_put(self, account):
        account.post("faults", {"times": 1, "answer": "html"}, 201)
        account.put("scenario", {"faults": [{"answer": "kyc"}]})
        assert [502, 403] == statuses(account, 2)

    def test_is_nobody_elses(self, account, control):
        account.post("faults", {"answer": "html"}, 201)
        assert [200] == statuses(control.account("other"), 1)

    def test_counts_what_a_snapshot_had_counted(self, account):
        statuses(account, 1)
        key = account.post("snapshots", None, 201)["id"]
        first = statuses(account, 2)
        account.post(f"snapshots/{key}/restore")

        assert [403, 200] == first == statuses(account, 2)


class TestAWrongFault:
    @pytest.mark.parametrize(
        ("body", "said"),
        [
            ({"answr": "html"}, "answr: unknown key; did you mean 'answer'?"),
            ({"answer": "hmtl"}, "did you mean 'html'?"),
            ({"name": "x"}, "expected an answer or a delay"),
            ({"answer": {"truncate": "200%"}}, "answer.truncate: found '200%'"),
            ({"answer": {"status": 503}}, "answer.message: is missing"),
            (
                {"answer": {"status": 200, "message": "x"}},
                "expected a whole number from 400 to 599",
            ),
            ({"answer": {"hang": True, "malformed": True}}, "or one of truncate, malformed, drip"),
            ({"delay": "soon"}, "delay: found 'soon', expected a time"),
            ({"answer": "html", "when": {"path": "/(/"}}, "as RE2 knows it"),
            ({"answer": "html", "when": {"between": ["15m", "10m"]}}, "expected the shorter first"),
        ],
    )
    def test_is_refused_with_its_key(self, account, body, said):
        assert said in account.post("faults", body, 400)["detail"]
        assert 1 == len(account.get("faults")["faults"])

    def test_id_is_a_404_that_names_those_there_are(self, account):
        problem = account.control.delete(f"accounts/{account.sid}/faults/7", 404)
        assert ["scenario-1"] == problem["faults"]
