"""Numbers as Grafana shows them: by unit, short enough for a tile."""

import math
from typing import Final

_STEPS: Final = ((86400, "ngày"), (3600, "giờ"), (60, "phút"), (1, "giây"))
_BYTES: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def shown(value: float, unit: str) -> str:
    """The value with its unit."""
    if math.isnan(value):
        return "không có"
    if unit == "percentunit":
        return f"{value * 100:.4g} %"
    if unit == "bool_yes_no":
        return "Có" if value else "Không"
    if unit == "s":
        return _seconds(value)
    if unit == "bytes":
        return next((f"{value / size:.3g} {name}" for size, name in _BYTES if value >= size), f"{value:.0f} B")
    return f"{_plain(value)}{unit.removeprefix('suffix:') if unit.startswith('suffix:') else ''}"


def _plain(value: float) -> str:
    if abs(value) >= 100 or value == round(value):  # noqa: PLR2004 - three digits say enough
        return f"{value:,.0f}".replace(",", " ")
    return f"{value:.2g}" if abs(value) < 1 else f"{value:.3g}"


def _seconds(value: float) -> str:
    if value == 0:
        return "0 giây"
    if abs(value) < 1:
        return f"{value * 1000:.3g} ms"
    return next(f"{value / size:.3g} {name}" for size, name in _STEPS if abs(value) >= size)
