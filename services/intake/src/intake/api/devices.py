"""``/v1/devices``: where the app may be told that there is news, for whoever proves that a request is theirs."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi import Request as HttpRequest
from pydantic import BaseModel, ConfigDict, Field

from intake.api import answers
from intake.api.answers import refuse
from intake.api.bodies import ConsentSection
from intake.api.fields import Body
from intake.api.proof import PersonProof, Prover
from intake.api.reading import broken
from intake.commands.changes import EndedError, UnknownRequestError
from intake.commands.devices import Devices, Registration
from legalaid import clock, ids
from legalaid.events.people import Consent, PushEndpoint, PushToken, WebPush
from legalaid.events.words import Purpose
from legalaid.http import FieldError, LeanRoute, Problem, require
from legalaid.ids import Id
from legalaid.telemetry import tracing


class SubscriptionKeys(Body):
    """Of a ``PushSubscription``, in base64url."""

    p256dh: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{87}=?$")]
    auth: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{22}={0,2}$")]


class SubscriptionSection(Body):
    """What ``PushSubscription.toJSON()`` gives in a browser."""

    endpoint: PushEndpoint
    expirationTime: float | None = None  # noqa: N815 - the browsers' own name
    """Ignored: a subscription that has ended is found out when a message is sent to it."""
    keys: SubscriptionKeys


class NewDevice(PersonProof):
    """A device, and the proof that the request is the person's: ``token`` (FCM) or ``subscription`` (web push)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "receipt_code": "123 456 7890",
                    "phone": "0912 345 678",
                    "token": "d3ExampleInstallation:APA91bExampleTokenOfFirebaseCloudMessaging",
                    "consent": {
                        "purposes": ["PUSH_UPDATES"],
                        "at": "2026-11-23T09:05:00+07:00",
                        "text_version": "1",
                        "evidence": "app",
                    },
                }
            ]
        }
    )

    token: PushToken | None = None
    subscription: SubscriptionSection | None = None
    consent: ConsentSection
    """To PUSH_UPDATES on this device. An amendment whose consent leaves it out takes it back for all devices."""


class KeptDevice(BaseModel):
    """The device is kept."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    device_id: Id
    """For ``DELETE``; to be kept on the device alone, since whoever knows it may remove it."""


DeviceId = Annotated[str, Path(pattern=ids.UUID_PATTERN)]


def router(devices: Devices, prover: Prover) -> APIRouter:
    """The routes."""
    routes = APIRouter(prefix="/v1/devices", route_class=LeanRoute, tags=["devices"])
    allowed = Depends(require("devices:write"))

    @routes.post(
        "",
        status_code=201,
        dependencies=[allowed],
        responses=answers.NO_MATCH | answers.ENDED,
        summary="Be told on this device that there is news",
    )
    async def post(body: NewDevice, request: HttpRequest) -> KeptDevice:
        """What is pushed is a notice's id; the app asks for the words (``/v1/status-checks``) and says that the notice
        came (notify, ``/v1/notices/{notice_id}/seen``).

        The same device again is the same id. Of more than five the oldest goes. A device goes with the number that it
        was registered with, when an amendment changes that.
        """
        _check(body)
        proved = await prover.prove(body, request)
        tracing.about(proved.request.id, step="post:device")
        new = Registration(proved.phone, body.token, _web(body.subscription), _consent(body.consent))
        try:
            kept = await devices.add(proved.request.id, new, clock.now(), tracing.traceparent())
        except UnknownRequestError:  # erased, or the number changed, since the proof was looked at
            raise Problem(404, "no-match", "This code and this number do not belong together") from None
        except EndedError as error:
            refuse(error)
        return KeptDevice(device_id=kept)

    @routes.delete("/{device_id}", status_code=204, dependencies=[allowed], summary="Be told nothing on this device")
    async def delete(device_id: DeviceId) -> None:
        """Removed, whether or not it was there."""
        await devices.remove(device_id, clock.now(), tracing.traceparent())

    return routes


def _check(body: NewDevice) -> None:
    errors = []
    if (body.token is None) == (body.subscription is None):
        errors.append(FieldError("/token", "Either a token or a subscription.", "one_of"))
    if Purpose.PUSH_UPDATES not in body.consent.purposes:
        errors.append(FieldError("/consent/purposes", "PUSH_UPDATES must be among them.", "no_consent"))
    if errors:
        raise broken(errors)


def _web(section: SubscriptionSection | None) -> WebPush | None:
    return WebPush(endpoint=section.endpoint, p256dh=section.keys.p256dh, auth=section.keys.auth) if section else None


def _consent(section: ConsentSection) -> Consent:
    return Consent(**{**vars(section), "purposes": frozenset(section.purposes)})
