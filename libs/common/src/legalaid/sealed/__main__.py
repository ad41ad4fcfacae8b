"""``python -m legalaid.sealed``: the keeper of the keys at the terminal (docs/sealed-box.md)."""

import argparse
import asyncio
import sys

from pydantic import TypeAdapter, ValidationError

from legalaid import clock
from legalaid.ids import Id
from legalaid.sealed.keyring import DATABASE, Keyring
from legalaid.sealed.keys import COMPARTMENTS, NotEntitledError, new_settings
from legalaid.sealed.rotation import count_versions, rotate
from legalaid.settings import ServiceSettings
from legalaid.store.client import Store


def _new_keys(version: str) -> int:
    for name, value in new_settings(version):
        print(f"LEGALAID_KEYRING__{name.upper()}={value.get_secret_value()}")
    return 0


async def _rotate(settings: ServiceSettings, store: Store, compartment: str, database: str) -> int:
    try:
        done = await rotate(store, settings.keyring, compartment, database=database)
    except NotEntitledError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{compartment}: {done.rewrapped} keys wrapped anew under version {done.version}, {done.failed} failed")
    if done.failed:
        print("A failed key's old version is not in the settings, or it was changed: do not remove a version yet.")
    return 1 if done.failed else 0


async def _find(settings: ServiceSettings, store: Store, phone: str) -> int:
    owners = await Keyring(store, settings.keyring).owners(phone)
    print("\n".join(owners) if owners else "nobody is recognised by this number")
    return 0 if owners else 1


async def _erase(settings: ServiceSettings, store: Store, owner: str) -> int:
    if not await Keyring(store, settings.keyring).erase(owner):
        print(f"no keys of {owner}: erased before, or never made", file=sys.stderr)
        return 1
    at = clock.now().isoformat(timespec="seconds")
    print(f"erased {owner} at {at}: its keys are destroyed, its sealed boxes can no longer be opened anywhere.")
    print(f"Backups of the keyring made before {at} still hold the keys until they expire.")
    return 0


async def _status(store: Store, database: str) -> int:
    for compartment, versions in (await count_versions(store, database=database)).items():
        told = ", ".join(f"{count} under version {version}" for version, count in sorted(versions.items()))
        print(f"{compartment}: {told or 'no keys'}")
    return 0


async def _with_store(options: argparse.Namespace) -> int:
    settings = ServiceSettings.load()
    store = Store(settings.mongo, app_name="legalaid-sealed")
    try:
        if options.command == "rotate":
            return await _rotate(settings, store, options.compartment, options.database)
        if options.command == "erase":
            return await _erase(settings, store, options.owner)
        if options.command == "find":
            return await _find(settings, store, options.phone)
        return await _status(store, options.database)
    finally:
        await store.close()


def _owner(text: str) -> str:
    try:
        return TypeAdapter(Id).validate_python(text)
    except ValidationError:
        raise argparse.ArgumentTypeError("must be the id of a request or a call") from None


def main() -> int:
    """The exit code: 0 when all was done, 1 when something was left undone."""
    parser = argparse.ArgumentParser(prog="python -m legalaid.sealed", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    new_keys = commands.add_parser("new-keys", help="print fresh keys as environment lines; they are stored nowhere")
    new_keys.add_argument("--version", default="1", help="the version that the keys get (default: 1)")
    rotating = commands.add_parser("rotate", help="wrap a compartment's data keys under its newest key-encryption key")
    rotating.add_argument("--compartment", required=True, choices=COMPARTMENTS)
    commands.add_parser("find", help="list the ids that are recognised by a telephone number, which is asked for")
    erasing = commands.add_parser("erase", help="destroy the keys of one request or call, for good")
    erasing.add_argument("owner", type=_owner, metavar="ID")
    counting = commands.add_parser("status", help="count the data keys under each version")
    for each in (rotating, counting):
        each.add_argument("--database", default=DATABASE, help="notify: the keys that notify keeps (default: keyring)")
    options = parser.parse_args()
    if options.command == "new-keys":
        return _new_keys(options.version)
    if options.command == "find":  # asked for, because arguments stay in the shell's history and the process list
        options.phone = input("Telephone number as +84…: ").strip()
    return asyncio.run(_with_store(options))


if __name__ == "__main__":
    sys.exit(main())
