"""What a page holds of its live pictures, written down after its messages."""

from collections.abc import Sequence
from typing import Any

from playwright.sync_api import BrowserContext, Page

from tests.api.live.law.ledger import ReadingLedger
from tests.api.live.law.truth import broken
from tests.api.live.law.witnesses import HeldRecord, WitnessedWatch

# At most so often: a record is as large as the picture.
_WITNESS = """
const BUCKET_COLUMNS = ["tUs", "first", "min", "max", "last", "count"];
globalThis.heldRecords = [];
const notedMs = new WeakMap();
globalThis.barographWitness = (picture) => {
  const nowMs = performance.now();
  if (!picture.position || nowMs - (notedMs.get(picture) ?? -1e9) < %d) return;
  notedMs.set(picture, nowMs);
  const names = picture.kind === "samples" ? ["tUs", "last"] : BUCKET_COLUMNS;
  globalThis.heldRecords.push({
    kind: picture.kind,
    bucket_us: picture.channels[0].columns.bucketUs || 1,
    position: picture.position,
    server_us: picture.serverUs,
    length_us: picture.lengthUs,
    sensors: [...picture.sensors],
    channels: picture.channels.map(({ columns }) =>
      names.map((name) => [...columns[name].subarray(columns.start, columns.end)])),
  });
};
"""
_TAKE = "() => globalThis.heldRecords.splice(0)"


def install_witness(context: BrowserContext, min_ms: int) -> None:
    """In every page that is opened from now on."""
    context.add_init_script(_WITNESS % min_ms)


def take_records(page: Page) -> list[dict[str, Any]]:
    """What it has held since it was asked last."""
    return page.evaluate(_TAKE)


def broken_records(
    ledger: ReadingLedger, numbers: dict[str, int], layer: str, records: Sequence[dict[str, Any]]
) -> list[str]:
    """Where a page held something else than was stored at its position, in words.

    Args:
        numbers: of sensors by their ids, in the ledger.
        layer: that the pages show.
    """
    found = list[str]()
    for told in records:
        watch = WitnessedWatch(layer, 0, round(told["length_us"]))
        from_us = (told["server_us"] - round(told["length_us"])) // told["bucket_us"] * told["bucket_us"]
        rows = {
            channel: sorted(row for row in zip(*columns, strict=True) if row[0] >= from_us)
            for channel, columns in enumerate(told["channels"])
        }
        record = HeldRecord(
            "page", watch, told["kind"], told["bucket_us"], told["position"], told["server_us"], rows
        )
        found += broken(ledger, [numbers[each] for each in told["sensors"]], [record])
    return found
