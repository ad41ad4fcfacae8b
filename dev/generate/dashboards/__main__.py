"""``python -m dev.generate.dashboards``: write the dashboards that Grafana is provisioned with."""

from dev.generate.dashboards.files import BOARDS, FOLDER, path
from dev.generate.dashboards.grafana import text
from dev.machine.paths import shown


def main() -> None:
    """Write every dashboard."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for board in BOARDS:
        path(board.uid).write_text(text(board), encoding="utf-8")
        print(f"wrote {shown(path(board.uid))}")


if __name__ == "__main__":
    main()
