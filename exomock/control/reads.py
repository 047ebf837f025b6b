"""
The forms that routes read, by their endpoints: JSON bodies, queries, and v1's forms.

The OpenAPI document describes each; `shapes.py` has what routes answer.
"""

from marshmallow import Schema

from exomock.api.connect_form import ConnectForm
from exomock.api.exophones import AvailableForm, FactsForm, PagingForm, RentalForm
from exomock.api.filter_form import FilterForm
from exomock.api.message_form import MessageForm
from exomock.api.whitelist import RemovalForm, WhitelistForm
from exomock.control import (
    accounts,
    callbacks,
    calls,
    clock,
    cluster,
    coverage,
    events,
    flows,
    forms,
    journal,
    messages,
    news,
    phones,
    replies,
    scenario,
    waits,
)
from exomock.control.paging import PageForm
from exomock.scenarios.faults import FaultSchema
from exomock.scenarios.overlay import OverlaySchema
from exomock.scenarios.rules import NextSchema

BODIES: dict[str, Schema] = {
    "control.accounts.make": accounts.AccountForm(),
    "control.accounts.reset": accounts.ResetForm(),
    "control.clock.put": forms.ClockForm(),
    "control.clock.advance": clock.AdvanceForm(),
    "control.calls.inbound": calls.InboundForm(),
    "control.calls.hang_up": calls.HangUpForm(),
    "control.phones.phone": phones.PhoneForm(),
    "control.phones.put": phones.PhonesForm(),
    "control.flows.reply": replies.ReplyForm(),
    "control.flows.press": flows.PressForm(),
    "control.messages.texted": messages.TextedForm(),
    "control.journal.verify": journal.VerifyForm(),
    "control.scenario.lay_down": NextSchema(),
    "control.faults.add": FaultSchema(),
    "control.twists.add": OverlaySchema(),
}
QUERIES: dict[str, Schema] = {
    "calls.list_calls": FilterForm(),
    "whitelist.remove": RemovalForm(),
    "exophones_beta.list_exophones_beta": PagingForm(),
    "exophones_beta.available": AvailableForm(),
    "calls.details": FilterForm(only=("details", "recording_validity")),
    "control.accounts.list_accounts": PageForm(),
    "control.calls.list_calls": PageForm(),
    "control.messages.list_messages": PageForm(),
    "control.faults.list_faults": PageForm(),
    "control.scenario.show_played": scenario.PlayedForm(),
    "control.twists.list_twists": PageForm(),
    "control.snapshots.list_snapshots": PageForm(),
    "control.callbacks.list_callbacks": callbacks.CallbackFilter(),
    "control.journal.list_requests": journal.JournalFilter(),
    "control.news.list_news": news.NewsForm(),
    "control.events.follow": events.EventsForm(),
    "control.events.follow_all": events.EventsForm(),
    "control.waits.wait": waits.WaitForm(),
    "control.coverage.show": coverage.CoverageForm(),
    "control.cluster.show": cluster.ClusterForm(),
}
FORMS: dict[str, Schema] = {
    "calls.connect": ConnectForm(60),
    "whitelist.whitelist": WhitelistForm(),
    "messages.send": MessageForm(),
    "messages.bulksend": MessageForm(),
    "exophones_beta.rent": RentalForm(),
    "exophones_beta.change": FactsForm(),
}
