from collections.abc import AsyncIterator

import pytest

from legalaid.settings import MongoSettings
from legalaid.store import Store


@pytest.fixture
async def store(mongo: MongoSettings) -> AsyncIterator[Store]:
    opened = Store(mongo, app_name="store-tests")
    yield opened
    await opened.close()
