"""The page for a terminal or a letter."""

from collections.abc import Iterator

from routing.lawpage import words
from routing.lawpage.model import Item, Page


def text(page: Page) -> str:
    """The page as plain text, a row in some lines."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: Page) -> Iterator[str]:
    title = f"Pháp luật về trợ giúp pháp lý, ngày {page.on:%d/%m/%Y}"
    yield from (title, "=" * len(title), "")
    yield f"Bảng {page.ruleset}: {page.rows} dòng, {page.unread} dòng chưa đối chiếu với văn bản."
    yield f"Pháp luật thay đổi từ các ngày: {', '.join(f'{day:%d/%m/%Y}' for day in page.others)}."
    for section in page.sections:
        yield from ("", section.title, "-" * len(section.title), *filter(None, [section.note]))
        for item in section.items:
            yield from ("", *_item(item))


def _item(item: Item) -> Iterator[str]:
    yield item.name + (f" [{item.code}]" if item.code else "")
    yield from (f"    {label}: {value}" for label, value in item.fields)
    if item.verified is not None:
        yield f"    Đối chiếu: {words.READ[item.verified]}"
