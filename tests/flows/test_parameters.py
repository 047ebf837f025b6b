"""The parameters of each request: the captures of exotel-flows.md section 2, and their order."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest

from exomock.delivery.parameters import flow_request, tenant_id
from exomock.domain.flows.people import Agents, Caller
from exomock.domain.flows.steps import Prompt
from exomock.domain.script import Party, Script
from exomock.domain.span import seconds
from flows.flowing import INBOUND, ORDER, URL, Flowing, flow, step
from flows.test_connecting import ANSWERS, SILENT

AGENT = "09999999999"
GATHER = step("gather", prompt=Prompt("x" * 15))
PASSTHRU = step("passthru", url=URL)

# rev24, section 2: the first Passthru of a call, whole, behind a Gather.
FIRST = (
    "CallSid=…187v&CallFrom=09901320691&CallTo=08069891522&Direction=incoming&"
    "Created=Wed%2C+31+Jul+2024+16%3A42%3A56&DialCallDuration=0&StartTime=2024-07-31+16%3A42%3A56&"
    "EndTime=1970-01-01+05%3A30%3A00&CallType=call-attempt&DialWhomNumber=&flow_id=11754&"
    "tenant_id=1409&From=09901320691&To=08069891522&CurrentTime=2024-07-31+16%3A43%3A02&"
    "digits=%22215250%22"
)

# fr22, section 2: after a Connect that talked; `To` and the numbers are anonymised there.
TALKED = [
    "CallSid",
    "CallFrom",
    "CallTo",
    "Direction",
    "ForwardedFrom",
    "Created",
    "DialCallDuration",
    "RecordingUrl",
    "StartTime",
    "EndTime",
    "DialCallStatus",
    "CallType",
    "DialWhomNumber",
    "ProcessStatus",
    "flow_id",
    "tenant_id",
    "From",
    "To",
    "RecordingAvailableBy",
    "CurrentTime",
    "OutgoingPhoneNumber",
    "Legs[0][Number]",
    "Legs[0][Type]",
    "Legs[0][OnCallDuration]",
    "Legs[0][CallerId]",
    "Legs[0][CauseCode]",
    "Legs[0][Cause]",
]


def names(flowing, number=None):
    """The names of a request's parameters, in order."""
    return list(flowing.says(number))


class TestTheCaptures:
    def test_the_first_passthru_of_a_call(self):
        """Names, order, forms and encoding as rev24 has them; the values that are this call's."""
        script = Script(caller=Caller(presses=("215250",)))
        flowing = Flowing(flow(GATHER, PASSTHRU), script=script, order=INBOUND).answer()
        ours, captured = flowing.query(1), dict(parse_qsl(FIRST, keep_blank_values=True))

        assert [name for name, _ in parse_qsl(FIRST, keep_blank_values=True)] == names(flowing)
        assert ours.endswith("&CurrentTime=2026-03-01+12%3A00%3A09&digits=%22215250%22")
        assert "Created=Sun%2C+01+Mar+2026+12%3A00%3A00&DialCallDuration=0&StartTime=" in ours
        same = ("Direction", "DialCallDuration", "EndTime", "CallType", "DialWhomNumber", "digits")
        assert {name: captured[name] for name in same} == {
            name: flowing.says()[name] for name in same
        }

    def test_after_a_connect_that_talked(self):
        """Names and order as fr22 has them, and the newer DisconnectedBy behind them."""
        connect = step("connect", numbers=(AGENT,), record=True)
        script = Script(
            leg2=replace(ANSWERS, after=seconds(7)), talk=seconds(10), hangup_by=Party.TO
        )
        flowing = Flowing(flow(connect, PASSTHRU), script=script, order=INBOUND).answer()
        said = flowing.says()

        assert [*TALKED, "Legs[0][DisconnectedBy]"] == names(flowing)
        assert ("null", "17", "completed", "completed", AGENT, "null") == tuple(
            said[name]
            for name in (
                "ForwardedFrom", "DialCallDuration", "DialCallStatus", "CallType",
                "DialWhomNumber", "ProcessStatus",
            )
        )  # fmt: skip
        assert ("single", "10", "NORMAL_CLEARING", "16") == tuple(
            said[f"Legs[0][{name}]"] for name in ("Type", "OnCallDuration", "CauseCode", "Cause")
        )
        assert "Sun, 01 Mar 2026 12:05:17" == said["RecordingAvailableBy"]

    def test_brackets_are_encoded(self):
        """`Legs%5B0%5D%5BNumber%5D=` ?"""
        flowing = Flowing(flow(step("connect", numbers=(AGENT,)), PASSTHRU), order=INBOUND)

        assert f"&Legs%5B0%5D%5BNumber%5D={AGENT}&" in flowing.answer().query(1)


class TestWhatIsThere:
    def test_an_outbound_call_says_its_custom_field_in_each_common_request(self):
        """Behind To; CallFrom is who was called, CallTo the CallerId."""
        order = replace(ORDER, custom_field="a b&c")
        flowing = Flowing(flow(PASSTHRU), order=order).answer()

        assert ["To", "CustomField", "CurrentTime"] == names(flowing)[-3:]
        assert ("outbound-dial", "a b&c") == (
            flowing.says()["Direction"],
            flowing.says()["CustomField"],
        )
        assert flowing.query(1).count("CustomField=a+b%26c") == 1

    @pytest.mark.parametrize(
        ("dynamic", "status"), [(True, "ringing"), (False, "ringing")], ids=["dynamic", "whom"]
    )
    def test_digits_go_up_to_the_first_connect(self, dynamic, status):
        """Its request has them, and a CallStatus; the Passthru after it has neither."""
        connect = step("connect", url=URL, dynamic=dynamic)
        script = Script(caller=Caller(presses=("42",)))
        flowing = Flowing(flow(GATHER, connect, PASSTHRU), script=script).answer(404).answer()

        assert ('"42"', status) == (flowing.says(1)["digits"], flowing.says(1)["CallStatus"])
        assert not {"digits", "CallStatus"} & flowing.says(2).keys()

    def test_a_dial_whom_number_is_who_answered_or_the_last(self):
        """Two tried, the first answers at once, in a Connect where both ring together."""
        connect = step("connect", numbers=(AGENT, "09811100002"), parallel=2)
        script = Script(leg2=SILENT, agents=Agents(in_order=(ANSWERS,)))
        flowing = Flowing(flow(connect, PASSTHRU), script=script).answer()

        assert AGENT == flowing.says()["DialWhomNumber"]

    def test_a_greeting_and_an_sms_say_less(self):
        """CallSid, From, To, DialWhomNumber, CustomField; CallSid, From, To, digits."""
        steps = [step("greeting", prompt=Prompt(url=URL)), GATHER, step("sms", url=URL)]
        order = replace(ORDER, custom_field="x")
        flowing = Flowing(flow(*steps), order=order).answer(404).answer(404)

        assert ["CallSid", "From", "To", "DialWhomNumber", "CustomField"] == names(flowing, 2)
        assert ["CallSid", "From", "To", "digits"] == names(flowing, 4)

    def test_a_voicebot_quotes_the_passthru_before_it(self):
        """Its whole URL as a JSON string."""
        flowing = Flowing(flow(PASSTHRU, step("voicebot", url=URL))).answer().answer()

        assert f'"{URL}?{flowing.query(1)}"' == flowing.says(2)["passthru"]

    @pytest.mark.parametrize(
        ("made", "headers"),
        [
            pytest.param(step("gather", url=URL, dynamic=True), 1, id="gather"),
            pytest.param(step("connect", url=URL, dynamic=True), 1, id="connect"),
            pytest.param(step("connect", url=URL), 0, id="dial-whom"),
            pytest.param(PASSTHRU, 0, id="passthru"),
        ],
    )
    def test_only_dynamic_applets_send_a_version(self, made, headers):
        """`Exotel-Version: 1.0`."""
        flowing = Flowing(flow(made)).until_asked()
        found = flow_request(flowing.call, flowing.walked, 1, "").headers

        assert ((("Exotel-Version", "1.0"),) * headers) == found

    def test_a_tenant_has_a_number_of_its_own(self):
        """The same each time, another for another account."""
        assert tenant_id("a") == tenant_id("a") != tenant_id("b")
        assert tenant_id("a").isdigit()
