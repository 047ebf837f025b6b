"""refusals: DND, KYC and no credit: no call is made, and the answer says why."""

import pytest


@pytest.fixture
def story(play):
    return play("refusals")


def test_a_do_not_disturb_number_is_refused_by_name(story):
    """The text that integrators grep for (section 7 of the reference); it has no Code."""
    status, error = story.refusal(To="+919811111111")

    assert (403, {"Status", "Message"}) == (status, set(error))
    assert error["Message"].startswith(
        "Call to [09811111111] can not be made because of TRAI NDNC regulations."
    )


def test_an_account_without_kyc_is_refused_with_its_code(story):
    """340030 tells it from a do-not-disturb number, which is a 403 too."""
    status, error = story.refusal(CallerId="08047112244")

    assert (403, 340030) == (status, error["Code"])
    assert error["Message"].startswith("Your account is not yet KYC compliant")


def test_without_credit_it_is_a_402(story):
    status, error = story.refusal(To="09822222222")

    assert (402, "Insufficient balance") == (status, error["Message"])


def test_the_papers_are_looked_at_before_the_list(story):
    """Rules are tried in order: KYC decides, whoever is called."""
    assert 340030 == story.refusal(CallerId="08047112244", To="09811111111")[1]["Code"]


def test_nothing_that_was_refused_is_a_call_or_told(story):
    for fields in ({"To": "09811111111"}, {"To": "09822222222"}, {"CallerId": "08047112244"}):
        story.refusal(**story.subscribed("09833333333") | fields)
    story.advance(3600)

    assert 0 == story.total()
    assert [] == story.receiver.got


def test_a_client_that_looks_numbers_up_is_never_refused(story):
    """DND is Yes for the one and No for the other; so it calls the other."""
    called = []
    for number in ("09811111111", "09833333333"):
        known = story.get(f"Numbers/{number}.json").json()["Numbers"]
        if known["DND"] == "No":
            called.append(story.sdk.call_number("09811100001", "08047112233", number).status_code)

    assert [200] == called
