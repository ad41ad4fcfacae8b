"""``python -m notify [--print-settings | --openapi]``."""

from legalaid import service
from notify.main import NAME, build
from notify.settings import NotifySettings

service.main(NAME, NotifySettings, build)
