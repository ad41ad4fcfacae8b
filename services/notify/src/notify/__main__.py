"""``python -m notify [--print-settings | --openapi]``, and ``python -m notify zalo-grant``."""

import sys

from legalaid import service
from notify import grant
from notify.main import NAME, build
from notify.settings import NotifySettings

if sys.argv[1:] == ["zalo-grant"]:
    sys.exit(grant.main(NotifySettings.load()))
service.main(NAME, NotifySettings, build)
