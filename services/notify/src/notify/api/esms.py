"""eSMS's callback: a GET whose address says everything, the person's number too, and that nobody signs.

So it is heard at a path that nobody can guess, nothing of it is logged, and nothing is believed: it only makes us ask
eSMS what became of the message (``GetSendStatus``).
"""

import hmac
import re
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from legalaid import ids
from legalaid.http import LeanRoute, Problem
from legalaid.http.problems import of_status, unavailable
from notify import metrics
from notify.commands.receipts import Heard, Receipts
from notify.gateways.base import NotNow
from notify.gateways.esms_receipts import CARRIERS, EsmsReceipts, Reported
from notify.notice import DeliveryReceipt
from notify.settings import GatewaySettings

_REFERENCE: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_REQUEST_ID: Final = re.compile(ids.UUID_PATTERN)
_REFUSED: dict[int | str, dict[str, Any]] = {404: {"description": "There is nothing here, or it is not believed."}}


def router(receipts: Receipts, esms: EsmsReceipts, settings: GatewaySettings) -> APIRouter:
    """The route that eSMS calls; without a key in the settings it answers nobody."""
    routes = APIRouter(route_class=LeanRoute, tags=["webhooks"])

    @routes.get("/v1/webhooks/esms/{key}", responses=_REFUSED)
    async def callback(request: Request, key: str) -> Response:
        """That eSMS has news of a message: it is asked for them."""
        said = request.query_params
        reference, request_id = said.get("SMSID", ""), said.get("RequestId", "")
        known = _REFERENCE.fullmatch(reference) and _REQUEST_ID.fullmatch(request_id)
        if not (_is_theirs(key, settings) and known):
            raise _refused()
        carrier = CARRIERS.get(said.get("telcoid", ""))
        heard = await _confirm(receipts, esms, request_id, DeliveryReceipt("esms", reference, carrier=carrier))
        metrics.RECEIPTS.labels("esms", heard).inc()
        return Response(status_code=200)

    return routes


def _is_theirs(key: str, settings: GatewaySettings) -> bool:
    return bool(settings.callback_key) and hmac.compare_digest(key.encode(), settings.callback_key.encode())


async def _confirm(receipts: Receipts, esms: EsmsReceipts, request_id: str, claimed: DeliveryReceipt) -> Heard:
    """What eSMS itself says of it. Raises a 503 problem when it does not say now: the callback comes again."""
    match await esms.ask(str(claimed.reference)):
        case NotNow():
            raise unavailable()
        case None:
            raise _refused()
        case Reported(accepted=True, cost_vnd=cost):
            return await receipts.take(request_id, replace(claimed, cost_vnd=cost))
        case Reported(accepted=False):
            return await receipts.failed(request_id, "esms")
        case Reported():
            return Heard.KNOWN  # the carrier has not said yet; another callback will come


def _refused() -> Problem:
    metrics.WEBHOOKS_REFUSED.labels("esms").inc()
    return of_status(404)
