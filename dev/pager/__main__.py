"""``python -m dev.pager --port 8011``."""

import argparse

import uvicorn

from dev.pager.app import create_pager


def main() -> None:
    """Show what rings until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m dev.pager")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8011)
    options = parser.parse_args()
    uvicorn.run(create_pager(), host=options.host, port=options.port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
