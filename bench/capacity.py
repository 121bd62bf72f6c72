"""DynamoDB's billing rules, applied to requests and responses.

Emulators do not agree with the service on consumed capacity (indexes in transactions, above all), so the units are
computed here. What an item was before a write decides about the price too; as every write of a run passes through the
meter from the creation of the tables on, the ledger knows that. An operation that it does not know is an error, so
that nothing goes uncounted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

WRITE_BYTES = 1024
READ_BYTES = 4096
TRANSACTION = 2
"""A transaction prepares and commits every item, and both are billed."""

Attributes = Mapping[str, Mapping[str, Any]]
Key = tuple[tuple[str, str], ...]


class Unmetered(NotImplementedError):
    """An operation whose price is not known here yet."""


class Units(NamedTuple):
    """What one request consumed."""

    write: float = 0.0
    indexes: float = 0.0
    """Write units of index entries; part of the bill like any other."""
    read: float = 0.0

    def plus(self, other: Units) -> Units:
        return Units(self.write + other.write, self.indexes + other.indexes, self.read + other.read)


class Entry(NamedTuple):
    """An item's entry in an index that holds keys only."""

    key: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What has to be remembered of an item."""

    size: int
    entries: Mapping[str, Entry]


NOTHING = Kept(0, {})


@dataclass(frozen=True, slots=True)
class Layout:
    """The keys of a table and of its indexes, from the request that created it."""

    keys: tuple[str, ...]
    indexes: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, creation: Mapping[str, Any]) -> Layout:
        indexes = creation.get("GlobalSecondaryIndexes", ())
        if any(index["Projection"]["ProjectionType"] != "KEYS_ONLY" for index in indexes):
            raise Unmetered("Only indexes that hold keys alone are metered")
        return cls(_names(creation), {index["IndexName"]: _names(index) for index in indexes})

    def key(self, attributes: Attributes) -> Key:
        return tuple((name, _text(attributes[name])) for name in self.keys)

    def kept(self, item: Attributes) -> Kept:
        entries = {
            name: self._entry(item, keys)
            for name, keys in self.indexes.items()
            if all(key in item for key in keys)  # sparse: no entry without all keys
        }
        return Kept(item_size(item), entries)

    def _entry(self, item: Attributes, keys: Sequence[str]) -> Entry:
        held = dict.fromkeys((*self.keys, *keys))
        return Entry(tuple(_text(item[name]) for name in keys), item_size({name: item[name] for name in held}))


@dataclass
class Ledger:
    """All tables as the requests so far have left them; prices each request in turn."""

    layouts: dict[str, Layout] = field(default_factory=dict)
    items: dict[tuple[str, Key], Kept] = field(default_factory=dict)

    def price(self, operation: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> Units:
        """The units of one request. Raises `Unmetered` for an operation that is not known."""
        refused = "Error" in response
        match operation:
            case "CreateTable":
                self.layouts.setdefault(request["TableName"], Layout.of(request))
                return Units()
            case "DescribeTable":
                return Units()
            case "PutItem" | "DeleteItem":
                return self._write(request, refused)
            case "UpdateItem":
                return self._update(request, response, refused)
            case "TransactWriteItems":
                return self._transaction(request, refused)
            case "BatchWriteItem":
                return self._batch_write(request, refused)
            case "GetItem":
                return self._get(request["TableName"], [request["Key"]], _consistent(request))
            case "BatchGetItem":
                return self._batch_get(request)
            case "Query":
                return self._query(request, response)
        raise Unmetered(f"DynamoDB {operation}")

    # --- writes --------------------------------------------------------------------------------------------------

    def _write(self, request: Mapping[str, Any], refused: bool) -> Units:
        layout = self.layouts[request["TableName"]]
        item = request.get("Item")
        place = (request["TableName"], layout.key(request["Key"] if item is None else item))
        before = self.items.get(place, NOTHING)
        after = NOTHING if item is None else layout.kept(item)
        units = write_units(max(before.size, after.size))
        if refused:
            return Units(units)
        if item is None:
            self.items.pop(place, None)
        else:
            self.items[place] = after
        return Units(units, index_units(before.entries, after.entries))

    def _update(self, request: Mapping[str, Any], response: Mapping[str, Any], refused: bool) -> Units:
        """What the item became is only known if the caller asked for it (PynamoDB does)."""
        if refused:
            return Units(write_units(self._size(request["TableName"], request["Key"])))
        if request.get("ReturnValues") != "ALL_NEW":
            raise Unmetered("An update that does not return the new item")
        return self._write({"TableName": request["TableName"], "Item": response["Attributes"]}, refused)

    def _transaction(self, request: Mapping[str, Any], refused: bool) -> Units:
        total = Units()
        for part in request["TransactItems"]:
            for kind, operation in part.items():
                if kind not in ("Put", "Delete"):
                    raise Unmetered(f"{kind} in a transaction")
                units = self._write(operation, refused)
                total = total.plus(Units(TRANSACTION * units.write, units.indexes))
        return total

    def _batch_write(self, request: Mapping[str, Any], refused: bool) -> Units:
        total = Units()
        for table, parts in request["RequestItems"].items():
            for part in parts:
                for operation in part.values():
                    total = total.plus(self._write({"TableName": table, **operation}, refused))
        return total

    # --- reads ---------------------------------------------------------------------------------------------------

    def _get(self, table: str, keys: Sequence[Attributes], consistent: bool) -> Units:
        """Every item is rounded up by itself; a missing one is billed as the smallest."""
        sizes = [self._size(table, key) for key in keys]
        return Units(read=sum(read_units(size, consistent) for size in sizes))

    def _batch_get(self, request: Mapping[str, Any]) -> Units:
        total = Units()
        for table, wanted in request["RequestItems"].items():
            total = total.plus(self._get(table, wanted["Keys"], _consistent(wanted)))
        return total

    def _query(self, request: Mapping[str, Any], response: Mapping[str, Any]) -> Units:
        """What was looked at is rounded up together."""
        items = response.get("Items", ())
        if response.get("ScannedCount", len(items)) != len(items):
            raise Unmetered("A query with a filter")
        index = request.get("IndexName")
        sizes = [self._entry_size(request["TableName"], item, index) for item in items]
        return Units(read=read_units(sum(sizes), _consistent(request)))

    def _size(self, table: str, key: Attributes) -> int:
        return self.items.get((table, self.layouts[table].key(key)), NOTHING).size

    def _entry_size(self, table: str, item: Attributes, index: str | None) -> int:
        if index is None:
            return self._size(table, item)
        kept = self.items.get((table, self.layouts[table].key(item)), NOTHING)
        return kept.entries[index].size if index in kept.entries else 0


def write_units(size: int) -> int:
    """Units of writing an item of so many bytes; one at least."""
    return max(1, -(-size // WRITE_BYTES))


def read_units(size: int, consistent: bool) -> float:
    """Units of reading so many bytes; one at least, half of it where an older state will do."""
    return max(1, -(-size // READ_BYTES)) * (1.0 if consistent else 0.5)


def index_units(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> int:
    """Units of bringing the indexes up to date: nothing where an entry stays, a removal and a new one where it moves.

    Indexes follow after the commit, so they are not billed twice in a transaction.
    """
    units = 0
    for name in before.keys() | after.keys():
        old, new = before.get(name), after.get(name)
        if old is None or new is None or old.key != new.key:
            units += sum(write_units(entry.size) for entry in (old, new) if entry is not None)
    return units


def item_size(item: Attributes) -> int:
    """Bytes of an item as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return _number_size(content)
        case "BOOL" | "NULL":
            return 1
        case "L":
            return 3 + sum(1 + _value_size(member) for member in content)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value_size(member) for name, member in content.items())
    raise Unmetered(f"An attribute of type {kind}")


def _number_size(text: str) -> int:
    """One byte for two significant digits, and one more; one for a sign."""
    digits = text.lstrip("-").replace(".", "").strip("0")
    return 1 + -(-len(digits) // 2) + text.startswith("-")


def _names(schema: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(key["AttributeName"] for key in schema["KeySchema"])


def _text(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values())))


def _consistent(request: Mapping[str, Any]) -> bool:
    return bool(request.get("ConsistentRead"))
