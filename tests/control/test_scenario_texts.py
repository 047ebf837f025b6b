"""Scenarios as texts: checked without effect, and written of what was played."""

import yaml

BAD = "rules:\n  - leg1: {anser: 3s}\n    talk: 10\n  - tlak: 5s\n"
YAML = {"Content-Type": "application/yaml"}


class TestACheck:
    def test_names_the_line_and_the_column_of_each_mistake(self, control):
        """As the editor of the console shows them; the lines are those of the text."""
        answer = control.ask("POST", "scenario-check", data=BAD, headers=YAML)
        places = [(each["line"], each["column"], each["key"]) for each in answer["problems"]]
        assert [(2, 5, "rules.0.leg1"), (3, 5, "rules.0.talk"), (4, 5, "rules.1.tlak")] == places
        assert "did you mean 'talk'?" in answer["problems"][2]["problem"]
        assert not answer["ok"]

    def test_finds_nothing_in_what_could_be_used(self, control):
        """A text, a JSON text of it, and the name of a shipped one."""
        for text in ("rules: [{talk: 5s}]", "exotel-down", ""):
            found = control.ask("POST", "scenario-check", data=text, headers=YAML)
            assert {"ok": True, "problems": []} == found
            assert found == control.post("scenario-check", text)

    def test_names_where_a_text_stops_being_yaml(self, control):
        """Line and column of the parser."""
        answer = control.ask("POST", "scenario-check", data="rules:\n  - a: b: c\n", headers=YAML)
        assert [(2, 9)] == [(each["line"], each["column"]) for each in answer["problems"]]


class TestWhatWasPlayed:
    def test_plays_again_as_it_was(self, control):
        """A refused number, a busy one, and one that talks, hung up by hand after 7.5 s."""
        first = control.account("first")
        talks = first.connect()
        first.advance(17.5)
        first.post(f"calls/{talks}/hangup", {"by": "to"})
        first.connect(To="09000000001")
        first.connect(To="09000000003")
        first.idle()
        text = self.played(control, "first")
        second = control.account("second", scenario=text)
        for to in ("09822200002", "09000000001", "09000000003"):
            second.connect(To=to)
        second.idle()
        assert self.courses(first) == self.courses(second)

    def test_leaves_calls_that_have_not_ended_out_and_counts_the_newest(self, control):
        """Two of four, and none that is under way."""
        account = control.account()
        for digit in range(4):
            account.connect(To=f"0982220000{digit}")
        account.idle()
        account.connect(To="09822200009")
        rules = yaml.safe_load(self.played(control, account.sid, limit=2))["rules"]
        assert ["09822200002", "09822200003"] == [each["when"]["to"] for each in rules]
        assert "limit" in account.get("scenario/played", 400, limit=51)["detail"]

    def played(self, control, sid, **params):
        url = f"{control.url}/_exomock/accounts/{sid}/scenario/played"
        answer = control.http.get(url, params=params, timeout=10)
        assert "application/yaml" == answer.headers["Content-Type"]
        assert f'attachment; filename="{sid}.yaml"' == answer.headers["Content-Disposition"]
        return answer.text

    def courses(self, account):
        """To, status and length of each call, as v1 shows them."""
        calls = account.v1("GET", "Calls.json").json()["Calls"]
        return sorted((each["To"], each["Status"], each["Duration"]) for each in calls)
