"""``python -m intake``."""

from intake.main import NAME, build
from intake.settings import IntakeSettings
from legalaid.service import main

main(NAME, IntakeSettings, build)
