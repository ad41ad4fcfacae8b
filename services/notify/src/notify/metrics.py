"""What notify measures."""

import re
from typing import get_args

from legalaid.events.words import NoticeChannel
from legalaid.store import LATER, OVERDUE
from legalaid.telemetry.registry import AGE_SECONDS, CALL_SECONDS, Open, counter, gauge, histogram
from notify.notice import State
from notify.rules.answers import OneWord
from notify.rules.health import Circuit
from notify.settings import PROVIDER_PATTERN, GatewayKind

_PROVIDER = Open("the name of a provider in the settings", re.compile(PROVIDER_PATTERN), most=6)
_GATEWAYS = (*get_args(GatewayKind), "zalo", "esms-voice")
_CODE = Open(
    "its code, or the failure that kept its answer from us",
    re.compile(
        rf"http-\d{{3}}|({'|'.join(_GATEWAYS)})-(\d{{1,5}}|other|[a-z-]{{4,20}})|answer-lost|cannot-be-asked|[A-Z][A-Za-z]{{3,40}}"
    ),
    most=50,
)

CALLS_OWED = gauge(
    "legalaid_notify_calls_owed",
    "Calls that people are owed instead of a message, by how far their due time is: overdue, within a day, or later.",
    act="overdue above 0: the Desk or the centre must call now; /v1/callbacks shows whom.",
    labels={"due": (OVERDUE, "day", LATER)},
)
CAPPED = counter(
    "legalaid_notify_capped_total",
    "Pieces of news for numbers that had all their messages of the day: they wait for the next day, or, where they are "
    "urgent and a person of ours confirmed it, become a call.",
    act="Rising: somebody asks again and again with numbers that may not be theirs; the runbook says how to find them.",
    labels={"how": ("waits", "call")},
)
JOINED = counter(
    "legalaid_notify_joined_total",
    "Pieces of news that were told by the message of another one to the same number.",
    act="Many: one number has many requests; with legalaid_notify_capped_total rising, read the runbook of that alarm.",
)
FAILURES = counter(
    "legalaid_notify_failures_total",
    "Notices that a bug or a failure inside notify left marked as being sent; they are settled when their lease ends.",
    act="Above 0: read notice_left_in_doubt in the log.",
)
GATEWAY_ERRORS = counter(
    "legalaid_notify_gateway_errors_total",
    "Messages that the gateway did not take now, or whose answer was lost, by what it means (ours: our account or our "
    "request is wrong) and the gateway's code.",
    act="ours: http-401, http-403, or the gateway's own codes for key, balance and brand name: mend these (runbook "
    "GatewayFailing). Others for long: call the provider.",
    labels={"gateway": _PROVIDER, "outcome": ("route-cannot", "ours", "not-now", "lost"), "code": _CODE},
)
GATEWAY_SECONDS = histogram(
    "legalaid_notify_gateway_duration_seconds",
    "How long the gateway took to answer.",
    act="Slow: messages wait; look at the provider, then at legalaid_notify_gateway_errors_total.",
    labels={"gateway": _PROVIDER},
    buckets=CALL_SECONDS,
)
NOTICES = gauge(
    "legalaid_notify_notices",
    "Notices that somebody or something still has to act on, by state and channel, as last counted. What came to an "
    "end is in legalaid_notify_outcomes_total.",
    act="PENDING growing by day: the gateway fails or is too slow. UNKNOWN: a person decides at /v1/notices.",
    labels={"state": State, "channel": NoticeChannel},
)
OLDEST_WAITING_SECONDS = gauge(
    "legalaid_notify_oldest_waiting_seconds",
    "How long the message has been waiting that may go for the longest time already; 0: none waits.",
    act="Minutes: no sender runs, or the gateway fails; look at legalaid_notify_gateway_errors_total.",
)
OUTCOMES = counter(
    "legalaid_notify_outcomes_total",
    "What became of messages, as it was written: the state after an attempt.",
    act="UNKNOWN: a person decides at /v1/notices. FAILED, CALLBACK_OWED rising: the gateway refuses.",
    labels={"state": State, "channel": NoticeChannel},
)
PROVIDER_CAP_USED = gauge(
    "legalaid_notify_provider_cap_used_ratio",
    "What was spent today at a provider, as a part of its daily cap; 0 where it has none.",
    act="From 0.8 on: runbook CostCapReached. At 1 it gets nothing until midnight.",
    labels={"gateway": _PROVIDER},
)
PROVIDER_CHOSEN = counter(
    "legalaid_notify_provider_chosen_total",
    "Messages that were to go to a provider, by whom: its share of them against that of the table.",
    act="One far from its share: it is shut for a part of the time; GET /v1/providers says why.",
    labels={"gateway": _PROVIDER},
)
PROVIDER_SPENT = gauge(
    "legalaid_notify_provider_spent_vnd",
    "What today's messages cost at a provider, in đồng: by its own word, or by the price in the table.",
    act="More than the number of cases explains: look at legalaid_notify_capped_total.",
    labels={"gateway": _PROVIDER},
)
PROVIDER_STATE = gauge(
    "legalaid_notify_provider_state",
    "1 for the state in which a sender sees a provider: open, half (one message at a time, as a trial) or shut.",
    act="Shut: GET /v1/providers says why and until when. All shut: runbook ProvidersShut.",
    labels={"gateway": _PROVIDER, "state": Circuit},
)
UNPROVED = counter(
    "legalaid_notify_unproved_total",
    "Messages of a channel that gives proofs that brought none in time: the next channel told the same news, so that "
    "the person may have been told twice.",
    act="Rising: the app or the webhook no longer tells us; compare legalaid_notify_outcomes_total by channel.",
    labels={"channel": NoticeChannel},
)
SPARED = counter(
    "legalaid_notify_spared_total",
    "Messages and calls that were not made because a late proof came of an earlier channel.",
    act="Many: proofs come late; the waits in ladder.toml may be too short.",
    labels={"channel": NoticeChannel},
)
PROOF_SECONDS = histogram(
    "legalaid_notify_proof_seconds",
    "How long after a message was taken its proof came, by channel.",
    act="Longer than the ladder waits: people are told twice; read docs/sending.md, the ladder.",
    labels={"channel": NoticeChannel},
    buckets=AGE_SECONDS,
)
WAIT_SECONDS = histogram(
    "legalaid_notify_wait_seconds",
    "How long messages waited that the gateway took, from when they were allowed to go until we knew that it had them.",
    act="Long: look at legalaid_notify_gateway_duration_seconds, then at the sender's room (at_once).",
    buckets=AGE_SECONDS,
)
_PROVIDERS = ("zalo", "esms")
TOKEN_RENEWALS = counter(
    "legalaid_notify_token_renewals_total",
    "Renewals of a provider's pair of tokens, by how they went: renewed, adopted (another process had renewed it), "
    "beaten (another is at it), not-now, refused, or in-doubt: the refresh token may be spent, and its successor lost.",
    act="refused or in-doubt above 0: runbook TokenEnding, today.",
    labels={"provider": _PROVIDERS, "how": ("renewed", "adopted", "beaten", "not-now", "refused", "in-doubt")},
)
TOKEN_LEFT = gauge(
    "legalaid_notify_token_left_ratio",
    "How much of a provider's access token's life is left, from 1 to 0. It is renewed at 0.2.",
    act="Below 0.1: renewals fail; runbook TokenEnding.",
    labels={"provider": _PROVIDERS},
)
GRANT_ENDS_SECONDS = gauge(
    "legalaid_notify_grant_ends_seconds",
    "How long a provider's refresh token can still be used. Each renewal begins it anew.",
    act="Below 14 days: nothing renews it; runbook TokenEnding.",
    labels={"provider": _PROVIDERS},
)
TOKEN_IN_DOUBT = gauge(
    "legalaid_notify_token_in_doubt",
    "1 where somebody took up a renewal and did not write what came of it.",
    act="1: the grant may be over; runbook TokenEnding, while the access token still serves.",
    labels={"provider": _PROVIDERS},
)
QUOTA = gauge(
    "legalaid_notify_quota_messages",
    "Messages that the provider takes of us in a day, as it last said.",
    act="Falling: people complain of our messages, or a template is of low quality; runbook QuotaLow.",
    labels={"provider": _PROVIDERS},
)
QUOTA_LEFT = gauge(
    "legalaid_notify_quota_left_messages",
    "How many of them are left today, as it last said.",
    act="Near 0: the rest of the day goes by SMS; runbook QuotaLow.",
    labels={"provider": _PROVIDERS},
)
RECEIPTS = counter(
    "legalaid_notify_receipts_total",
    "What providers, and the app of pushes, told of messages after their answers: new, settled (a lost answer), known, "
    "stranger (of no message of ours), or failed: it was taken, and not carried after all.",
    act="failed: people were not told; message_failed_later in the log names the notices, and somebody calls. "
    "stranger: somebody else sends by our account, or the store was rebuilt; call the provider.",
    labels={"provider": (*_PROVIDERS, "app"), "heard": ("new", "settled", "known", "stranger", "failed")},
)
WEBHOOKS_REFUSED = counter(
    "legalaid_notify_webhooks_refused_total",
    "Calls of webhooks that were not believed: a wrong signature or path, or too old.",
    act="Many: somebody plays with us, or a secret was changed at one end alone; compare the provider's console.",
    labels={"provider": _PROVIDERS},
)
INCOMING = counter(
    "legalaid_notify_incoming_total",
    "Messages that people wrote to us, by what one word of them asked for.",
    act="The Desk reads them at GET /v1/incoming.",
    labels={"provider": _PROVIDERS, "wants": OneWord},
)
INCOMING_WAITING_SECONDS = gauge(
    "legalaid_notify_incoming_waiting_seconds",
    "How long the message has waited for the Desk that has waited longest; 0: none waits.",
    act="Hours: the Desk does not read GET /v1/incoming. Who wrote STOP or asked for a call waits for that.",
)
PROVIDER_CHANGES = counter(
    "legalaid_notify_provider_changes_total",
    "Changes that a provider told us of: of our quota, or of a text's status or quality.",
    act="template-status, template-quality: a text may no longer be sent; look at the provider's console.",
    labels={"provider": _PROVIDERS, "what": ("quota", "template-status", "template-quality")},
)
