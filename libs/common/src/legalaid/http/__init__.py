"""HTTP: the app factory, problem details, authorisation, idempotency keys, health, and the server as a part."""

from legalaid.http.app import create_app
from legalaid.http.auth import Principal, require
from legalaid.http.idempotency import idempotency_key
from legalaid.http.problems import FieldError, Problem
from legalaid.http.route import LeanRoute
from legalaid.http.server import http_part

__all__ = ["FieldError", "LeanRoute", "Principal", "Problem", "create_app", "http_part", "idempotency_key", "require"]
