"""The page for a browser and for printing: one file that asks for no other."""

from collections.abc import Iterator
from datetime import date
from html import escape
from typing import Final

from routing.lawpage import words
from routing.lawpage.model import Item, Page, Section

_STYLE: Final = """
:root { color-scheme: light; --ink: #1b1b1b; --line: #c9c9c4; --soft: #f4f4ef; --unread: #8a1c00; }
body { font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; color: var(--ink); }
body { margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin-bottom: .25rem; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
p { margin: .25rem 0 .75rem; max-width: 60rem; } nav a { margin-right: 1rem; }
div { overflow-x: auto; } table { border-collapse: collapse; width: 100%; min-width: 60rem; font-size: .875rem; }
th, td { border: 1px solid var(--line); padding: .4rem .6rem; text-align: left; vertical-align: top; }
thead th { background: var(--soft); } tbody th { font-weight: 600; min-width: 12rem; max-width: 24rem; }
code { color: #555; font-size: .8em; font-weight: 400; overflow-wrap: anywhere; }
.unread { color: var(--unread); font-weight: 700; } tr.not-read { background: #fdf3ef; }
@media print { body { margin: 0; font-size: 11px; } table { min-width: 0; } tr { break-inside: avoid; } }
"""


def html(page: Page, links: dict[date, str] | None = None) -> str:
    """The page; ``links`` are the addresses of those of other days."""
    return "\n".join(_lines(page, links or {})) + "\n"


def _lines(page: Page, links: dict[date, str]) -> Iterator[str]:
    title = f"Pháp luật về trợ giúp pháp lý, ngày {page.on:%d/%m/%Y}"
    yield '<!doctype html>\n<html lang="vi">\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{title}</title>\n<style>{_STYLE}</style>\n<h1>{title}</h1>"
    unread = f'<span class="unread">{page.unread} dòng chưa đối chiếu với văn bản</span>'
    yield f"<p>Bảng <code>{escape(page.ruleset)}</code>: {page.rows} dòng, {unread}."
    yield "Dòng nào sai thì báo người giữ bảng, kèm điều khoản và văn bản.</p>"
    if links:
        days = (f'<a href="{escape(links[day])}">{day:%d/%m/%Y}</a>' for day in page.others if day in links)
        yield f"<nav>Pháp luật từ ngày: {' '.join(days)}</nav>"
    for section in page.sections:
        yield from _section(section)
    yield "</html>"


def _section(section: Section) -> Iterator[str]:
    yield f"<h2>{escape(section.title)}</h2>"
    if section.note:
        yield f"<p>{escape(section.note)}</p>"
    marked = section.items[0].verified is not None
    labels = ["Dòng", *(label for label, _ in section.items[0].fields), *(["Đối chiếu"] if marked else [])]
    yield "<div><table>"
    yield f"<thead><tr>{''.join(f'<th scope=col>{escape(label)}</th>' for label in labels)}</tr></thead>\n<tbody>"
    yield from map(_row, section.items)
    yield "</tbody></table></div>"


def _row(item: Item) -> str:
    code = f"<br><code>{escape(item.code)}</code>" if item.code else ""
    cells = "".join(f"<td>{escape(value)}</td>" for _, value in item.fields)
    if item.verified is None:
        return f"<tr><th scope=row>{escape(item.name)}{code}</th>{cells}</tr>"
    mark = f'<span class="unread">{words.READ[False]}</span>' if not item.verified else words.READ[True]
    row = "<tr>" if item.verified else '<tr class="not-read">'
    return f"{row}<th scope=row>{escape(item.name)}{code}</th>{cells}<td>{mark}</td></tr>"
