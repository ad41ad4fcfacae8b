"""The settings of reports: those of every service."""

from legalaid.settings import ServiceSettings


class ReportsSettings(ServiceSettings):
    """Nothing of its own."""
