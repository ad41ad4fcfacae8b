"""The HTTP interface of notify; the only place here that raises problems."""

from notify.api import esms, zalo
from notify.api.routes import router

__all__ = ["esms", "router", "zalo"]
