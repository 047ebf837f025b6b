"""Who may reach the control API, and what is said to whoever may not."""

import pytest
import requests

TOKEN = {"control_token": "a-secret-token", "loopback": False}
BEARER = {"Authorization": "Bearer a-secret-token"}


def get(control, path="accounts", **headers):
    return requests.get(
        f"{control.url}/_exomock/{path}",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        timeout=9,
    )


class TestAWebPage:
    @pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
    def test_of_another_origin_is_refused(self, control, origin):
        response = get(control, Origin=origin)
        assert 403 == response.status_code
        assert f"Origin '{origin}' is foreign" in response.json()["detail"]

    def test_of_our_own_may(self, control):
        assert 200 == get(control, Origin=control.url).status_code

    @pytest.mark.parametrize(
        "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]"]
    )
    def test_that_rebinds_a_name_is_refused(self, control, host):
        response = get(control, Host=host)
        assert 403 == response.status_code
        assert f"Host '{host}' is no loopback name" in response.json()["detail"]

    @pytest.mark.parametrize("host", ["localhost", "localhost:8080", "127.0.0.1", "127.0.0.9:1", "[::1]:80", "x.localhost"])  # fmt: skip
    def test_is_nobody_who_uses_a_loopback_name(self, control, host):
        assert 200 == get(control, Host=host).status_code

    @pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", None])
    def test_cannot_send_what_is_not_json(self, control, kind):
        """What a form of a page can send without asking."""
        headers = {"Content-Type": kind} if kind else {}
        problem = control.ask("POST", "accounts", 415, data=b'{"sid": "x"}', headers=headers)
        assert problem["detail"].endswith("expected application/json")
        control.get("accounts/x", 404)


class TestBeyondLoopback:
    @pytest.fixture
    def control(self, controlled):
        return controlled(**TOKEN)

    @pytest.mark.parametrize("value", [None, "Bearer wrong", "Basic a-secret-token", "Bearer"])
    def test_a_token_is_needed(self, control, value):
        response = get(control, **({"Authorization": value} if value else {}))
        assert 401 == response.status_code
        assert "Authorization: Bearer <control-token>" in response.json()["detail"]

    def test_a_token_lifts_the_rule_of_hosts_and_not_that_of_origins(self, control):
        assert 200 == get(control, Host="exomock:8080", **BEARER).status_code
        assert 403 == get(control, Origin="http://evil.example", **BEARER).status_code

    @pytest.mark.parametrize("path", ["health", "echo"])
    def test_health_and_echo_need_none(self, control, path):
        # Health may still say that the first beat is to come; that is no refusal.
        assert get(control, path, Host="anything").status_code in (200, 503)

    def test_v1_asks_for_its_own_credentials_only(self, control):
        url = f"{control.url}/v1/Accounts/exomock"
        assert (
            200 == requests.get(url, auth=("exomock-key", "exomock-token"), timeout=9).status_code
        )


class TestAWrongPath:
    def test_is_a_404_that_names_what_is_near(self, control):
        problem = control.get("acounts", 404)
        assert "there is no /_exomock/acounts" == problem["detail"]
        assert "/_exomock/accounts" == problem["paths"][0]

    def test_is_a_405_when_the_method_is(self, control):
        problem = control.ask("PUT", "accounts", 405)
        assert ["GET", "POST"] == problem["allowed"]

    def test_with_a_body_that_is_too_long_is_a_413(self, controlled):
        control = controlled(max_body=2048)
        problem = control.post("accounts", {"sid": "x" * 3000}, 413)
        assert "the body is longer than 2048 bytes" in problem["detail"]


class TestAScenarioOverHttp:
    def test_is_yaml_or_json_and_is_shown(self, control):
        account = control.account()
        headers = {"Content-Type": "application/yaml"}
        text = "rules:\n  - name: busy\n    leg1: busy\n"
        control.ask("PUT", "accounts/t1/scenario", data=text, headers=headers)

        assert {"name": "scenario", "rules": ["scenario:2 busy"], "yaml": text} == account.get(
            "scenario"
        )

    @pytest.mark.parametrize(
        ("body", "line", "key", "said"),
        [
            ({"rules": [{"leg1": "bsy"}]}, 4, "rules.0.leg1", "did you mean 'busy'?"),
            ({"rules": [{"when": {"to": 7012345670}}]}, 5, "rules.0.when.to", "quote it"),
            ({"ruls": []}, 2, "ruls", "did you mean 'rules'?"),
        ],
    )
    def test_that_is_wrong_is_refused_whole(self, control, body, line, key, said):
        """With line, key and what was expected; the old one stays."""
        account = control.account()
        before = account.get("scenario")
        (problem,) = account.put("scenario", body, 400)["problems"]

        assert (line, key) == (problem["line"], problem["key"])
        assert said in problem["problem"]
        assert before == account.get("scenario")
