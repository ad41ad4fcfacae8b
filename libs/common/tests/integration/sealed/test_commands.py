"""``python -m legalaid.sealed`` as the keeper of the keys runs it."""

import os
import subprocess
import sys

from legalaid import ids
from legalaid.events.people import Facts
from legalaid.sealed import Keyring
from legalaid.settings import KeyringSettings, MongoSettings
from legalaid.store.client import Store


def command(*arguments: str, env: dict[str, str], typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "legalaid.sealed", *arguments],
        env={"PATH": os.environ["PATH"], **env},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def as_settings(lines: str) -> KeyringSettings:
    pairs = dict(line.removeprefix("LEGALAID_KEYRING__").split("=", 1) for line in lines.split())
    return KeyringSettings.model_validate({name.lower(): value for name, value in pairs.items()})


async def test_a_key_s_life(mongo: MongoSettings) -> None:
    where = {"LEGALAID_MONGO__URL": mongo.url.get_secret_value(), "LEGALAID_MONGO__PREFIX": mongo.prefix}
    printed = command("new-keys", env={}).stdout
    newer = command("new-keys", "--version", "2", env={}).stdout
    old, new = as_settings(printed), as_settings(newer)
    owner = ids.random_id()
    store = Store(mongo, app_name="test")
    try:
        box = (await Keyring(store, old).create({owner: "+84912345678"}))[owner].seal(Facts())

        alone = {**where, "LEGALAID_KEYRING__FACTS": new.facts.get_secret_value()}
        refused = command("rotate", "--compartment", "facts", env=alone)
        assert refused.returncode == 1
        assert "0 keys wrapped anew under version 2, 1 failed" in refused.stdout

        both = f"{new.facts.get_secret_value()},{old.facts.get_secret_value()}"
        done = command("rotate", "--compartment", "facts", env={**where, "LEGALAID_KEYRING__FACTS": both})
        assert done.returncode == 0
        assert "1 keys wrapped anew under version 2, 0 failed" in done.stdout
        assert "facts: 1 under version 2" in command("status", env=where).stdout
        after = KeyringSettings(facts=new.facts)
        assert (await Keyring(store, after).fetch([owner]))[owner].open(box, Facts) == Facts()

        knowing = {**where, "LEGALAID_KEYRING__INDEX": old.index.get_secret_value()}
        assert owner in command("find", env=knowing, typed="+84912345678\n").stdout
        assert command("find", env=knowing, typed="+84912345679\n").returncode == 1

        erased = command("erase", owner, env=where)
        assert erased.returncode == 0
        assert erased.stdout.startswith(f"erased {owner} at 2")
        assert "Backups" in erased.stdout
        assert await Keyring(store, after).fetch([owner]) == {}
        assert command("erase", owner, env=where).returncode == 1
        assert command("erase", "0912345678", env=where).returncode == 2
    finally:
        await store.close()
    told = "".join(run.stdout + run.stderr for run in (refused, done, erased))
    assert not [key for key in (both, printed.split("1:")[1][:20], newer.split("2:")[1][:20]) if key in told]


def test_fresh_keys_are_fresh() -> None:
    assert as_settings(command("new-keys", env={}).stdout) != as_settings(command("new-keys", env={}).stdout)
