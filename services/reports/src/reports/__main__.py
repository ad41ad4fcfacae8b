"""``python -m reports`` is the service; ``python -m reports rebuild`` asks whether its facts are what the log says."""

import sys

from legalaid.service import main
from reports import rebuild
from reports.main import NAME, build
from reports.settings import ReportsSettings

if sys.argv[1:2] == ["rebuild"]:
    sys.exit(rebuild.main(sys.argv[2:]))
main(NAME, ReportsSettings, build)
