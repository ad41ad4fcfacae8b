"""The HTTP interface of notify; the only place here that raises problems."""

from notify.api import esms, providers, zalo
from notify.api.routes import router

__all__ = ["esms", "providers", "router", "zalo"]
