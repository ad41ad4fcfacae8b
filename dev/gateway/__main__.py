"""``python -m dev.gateway --port 8010 --record var/run/gateway.jsonl``."""

import argparse
from pathlib import Path

import uvicorn

from dev.gateway.app import create_gateway
from dev.gateway.record import Inbox


def main() -> None:
    """Run the gateway until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m dev.gateway")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8010)
    parser.add_argument("--record", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    app = create_gateway(Inbox(options.record), seed=options.seed)
    uvicorn.run(app, host=options.host, port=options.port, log_level="warning", access_log=False, proxy_headers=False)


if __name__ == "__main__":
    main()
