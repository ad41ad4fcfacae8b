"""``python -m legalaid.telemetry`` prints docs/metrics.md."""

import sys

from legalaid.telemetry import metrics

sys.stdout.write(metrics.page())
