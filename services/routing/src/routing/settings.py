"""The settings of routing: those of every service, and where its tables are."""

from pathlib import Path

from legalaid.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    """``LEGALAID_DIRECTORY_FILE`` and the like; what is not set is the table shipped with the service."""

    directory_file: Path | None = None
    """The directory of centres (CSV, as ``routing/tables/centres.csv``)."""
    law_folder: Path | None = None
    """The tables of law (TOML, as ``routing/tables/law``)."""
