"""``python -m routing``."""

from legalaid.service import main
from routing.main import NAME, build
from routing.settings import RoutingSettings

main(NAME, RoutingSettings, build)
