"""Calling a patient, and the receiver of StatusCallbacks."""

import requests
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

from clinic.models import Reminder


def remind(number: str) -> Reminder:
    """Call a patient."""
    answer = requests.post(
        f"{settings.EXOTEL_URL}/v1/Accounts/{settings.EXOTEL_SID}/Calls/connect.json",
        auth=settings.EXOTEL_AUTH,
        data={
            "From": "09811100001",
            "To": number,
            "CallerId": "08047112233",
            "StatusCallback": f"{settings.APP_URL}/exotel/",
            "StatusCallbackEvents[0]": "terminal",
        },
        timeout=10,
    )
    answer.raise_for_status()
    return Reminder.objects.create(number=number, sid=answer.json()["Call"]["Sid"])


@csrf_exempt  # Exotel has no token of ours
def told(request: HttpRequest) -> HttpResponse:
    """Note how a call ended."""
    Reminder.objects.filter(sid=request.POST["CallSid"]).update(status=request.POST["Status"])
    return HttpResponse()


urlpatterns = [path("exotel/", told)]
