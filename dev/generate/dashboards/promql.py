"""The PromQL that several dashboards share, and what a query reads."""

import re
from collections.abc import Iterator

from dev.generate.dashboards.names import NOWHERE


def selectors(query: str) -> Iterator[tuple[str, list[str]]]:
    """The metrics of ours that an expression reads, each with its matchers; without window and offset."""
    for metric, braces in re.findall(r"\b((?:legalaid_|slo:|up\b)[a-z0-9_:]*)(?:\{([^}]*)\})?", query):
        yield metric, re.findall(r'\w+(?:=~|!~|!=|=)"[^"]*"', braces)


def total(counter: str, *by: str) -> str:
    """How much a counter grew in the time on the screen, by labels.

    ``increase`` alone does not see the first value of a new series: the first dead letter of a reason, the first call
    after a start. Such a series counts whole.
    """
    grown = f"({counter} unless {counter} offset $__range) or increase({counter}[$__range])"
    return f"sum by ({', '.join(by)}) ({grown})" if by else f"sum({grown})"


def pace(counter: str, *by: str) -> str:
    """How fast a counter grows, a second, by labels."""
    grows = f"rate({counter}[$__rate_interval])"
    return f"sum by ({', '.join(by)}) ({grows})" if by else f"sum({grows})"


def quantile(share: float, buckets: str, *by: str) -> str:
    """The value under which this share of a histogram's observations lay; ``buckets`` with its labels, if any."""
    return f"histogram_quantile({share}, sum by ({', '.join(('le', *by))}) (rate({buckets}[$__rate_interval])))"


def census(gauge: str, *by: str) -> str:
    """A gauge that every replica counts from the same store: one of their answers, not the sum."""
    return f"max by ({', '.join(by)}) ({gauge})" if by else f"max({gauge})"


def placed(by_province: str) -> str:
    """The same with a word where the province is not known."""
    return f'label_replace({by_province}, "province", "{NOWHERE}", "province", "")'
