"""The HTTP interface of notify; the only place here that raises problems."""

from notify.api import zalo
from notify.api.routes import router

__all__ = ["router", "zalo"]
