"""A bare FastAPI endpoint that stores and publishes the same bytes as intake, with nothing of what intake promises.

``python -m dev.bench.bare SPEC PORT``. It reads the same body model, inserts one keyring document and one request
document as intake wrote them (one by one, as one writes it first), answers 201, and does not wait for Kafka.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from aiokafka import AIOKafkaProducer
from bson import BSON
from fastapi import FastAPI
from pydantic import SecretStr

from dev.bench.ceiling import Spec
from intake.api.bodies import NewRequest
from legalaid import ids
from legalaid.settings import MongoSettings
from legalaid.store import Store


def create(spec: Spec) -> FastAPI:
    """The app."""
    store = Store(MongoSettings(url=SecretStr(spec.mongo)), app_name="bare")
    if spec.keys is None or spec.output is None:
        raise ValueError("the bare endpoint stores keys and publishes")
    keyring, requests = store.collection(*spec.keys), store.collection(*spec.documents)
    key: dict[str, Any] = BSON(spec.key).decode()
    document: dict[str, Any] = BSON(spec.document).decode()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AIOKafkaProducer(
            bootstrap_servers=spec.kafka, enable_idempotence=True, compression_type="lz4", linger_ms=0
        ) as producer:
            app.state.producer = producer
            yield

    app = FastAPI(lifespan=lifespan)
    topic = spec.output

    @app.post("/v1/requests", status_code=201)
    async def post(body: NewRequest) -> dict[str, str]:
        one = ids.random_id()
        await keyring.insert_one({**key, "_id": one})
        await requests.insert_one({**document, "_id": one})
        await app.state.producer.send(topic, spec.value, one.encode(), headers=spec.headers)
        return {"request_id": one, "channel": body.channel}

    return app


def main(arguments: list[str]) -> None:
    """Serve until ended."""
    spec = Spec.model_validate_json(Path(arguments[0]).read_text())
    uvicorn.run(create(spec), host="127.0.0.1", port=int(arguments[1]), access_log=False, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1:])
