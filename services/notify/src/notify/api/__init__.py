"""The HTTP interface of notify; the only place here that raises problems."""

from notify.api import esms, incoming, providers, seen, zalo
from notify.api.routes import router

__all__ = ["esms", "incoming", "providers", "router", "seen", "zalo"]
