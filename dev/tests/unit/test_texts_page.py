import pytest

from dev.generate import texts
from notify.texts import Template, templates

TEXT = Template(version=2, text="Yêu cầu số {receipt} ở {owner}.", short="Yêu cầu số {receipt}.")
COMMITTED = texts.page({"case-new": TEXT})


def test_the_page_shows_every_text_as_it_is_sent() -> None:
    page = texts.page(templates())
    assert all(f"| `{name}` | {text.version} |" in page for name, text in templates().items())
    assert "| `case-new` | 2 | `Yeu cau so {receipt} o {owner}.` |" in COMMITTED
    assert "| `case-new` | 2 | `Yeu cau so {receipt}.` |" in COMMITTED


@pytest.mark.parametrize(
    "changed",
    [
        TEXT.model_copy(update={"text": "Hồ sơ số {receipt} ở {owner}."}),
        TEXT.model_copy(update={"short": "Hồ sơ số {receipt}."}),
        TEXT.model_copy(update={"short": TEXT.text}),
        TEXT.model_copy(update={"version": 1}),
    ],
)
def test_other_words_under_an_old_version_are_refused_with_what_to_do(changed: Template) -> None:
    with pytest.raises(
        ValueError, match=r"case-new: version 2 .*Give it version 3 in templates\.toml, run `make generate`"
    ):
        texts.keep(COMMITTED, {"case-new": changed})


def test_a_new_version_a_new_text_and_an_end_are_no_change_of_what_was_told() -> None:
    renewed = TEXT.model_copy(update={"version": 3, "text": "Hồ sơ số {receipt} ở {owner}."})
    texts.keep(COMMITTED, {"case-new": renewed, "case-other": TEXT})
    texts.keep(COMMITTED, {"case-new": TEXT})
    texts.keep(COMMITTED, {})
