"""The tables of law of one day as one page in Vietnamese, for a lawyer to read and correct.

python -m routing law --on 2027-01-01    (--html FILE for a browser)
"""

from routing.lawpage.content import change_days, page
from routing.lawpage.html import html
from routing.lawpage.model import Item, Page, Section
from routing.lawpage.text import text

__all__ = ["Item", "Page", "Section", "change_days", "html", "page", "text"]
