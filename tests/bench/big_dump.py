# SPDX-License-Identifier: Apache-2.0
"""A kdump-compressed dump of a large host, grown from a small real one of the same format (x86_64, 4 KiB pages).

The small one keeps its place in memory: its pages are the lowest of the large host, so that its kernel log is
readable in the large dump. Above them KEPT of the memory is in the dump, in random short runs. Headers, notes and
both bitmaps are whole and real. Page data are SPREAD stored pages of the small dump, used again and again, with holes
between them. Descriptors are whole up to WHOLE_DESCRIPTORS, else holes but for the first ones and the last SPREAD.
Layout: makedumpfile's IMPLEMENTATION."""
import os
import random
import struct

KEPT = 0.12
WHOLE_DESCRIPTORS = 40_000_000  # 0.9 GiB
SPREAD = 4096
LARGE = 400  # bytes of a stored page that is not nearly empty
PAGE = 4096
DESCRIPTOR = struct.Struct("<QIIQ")
CHUNK = 1 << 20


def runs_table():
    """256 bytes of a bitmap, KEPT of whose bits are set, each byte with one run of 1 to 8 pages or none."""
    runs = [((1 << length) - 1) << at for length in range(1, 9) for at in range(9 - length)]  # 36 runs, 120 bits
    wanted = round(KEPT * 8 * 256)
    table, bits = [], 0
    while bits < wanted:
        table.append(runs[len(table) * 7 % len(runs)])
        bits += table[-1].bit_count()
    return bytes(table + [0] * (256 - len(table)))


def count(bitmap):
    return sum(int.from_bytes(bitmap[at : at + CHUNK], "little").bit_count() for at in range(0, len(bitmap), CHUNK))


def round_up(value, unit):
    return -(-value // unit) * unit


class SmallDump:
    """A whole kdump of header version 6."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.bytes = file.read()
        signature, version = struct.unpack_from("<8si", self.bytes)
        block, sub_header, bitmap_blocks = struct.unpack_from("<iiI", self.bytes, 428)
        if (signature, version, block) != (b"KDUMP   ", 6, PAGE):
            raise ValueError(f"{path}: no kdump of version 6 with pages of {PAGE} bytes")
        self.pages = struct.unpack_from("<Q", self.bytes, PAGE + 96)[0]
        self.bitmaps = (1 + sub_header) * PAGE
        self.descriptors = self.bitmaps + bitmap_blocks * PAGE
        kept = self.bytes[self.bitmaps + bitmap_blocks // 2 * PAGE : self.descriptors]
        self.kept = kept[: round_up(self.pages, 8) // 8]
        self.data = self.descriptors + count(kept) * DESCRIPTOR.size

    def head(self, pages, bitmap_blocks):
        """Header, sub-header and notes of a host with so many pages."""
        head = bytearray(self.bytes[: self.bitmaps])
        struct.pack_into("<II", head, 436, bitmap_blocks, min(pages, 0xFFFFFFFF))
        struct.pack_into("<Q", head, PAGE + 96, pages)
        return head

    def moved_descriptors(self, distance):
        taken = self.bytes[self.descriptors : self.data]
        return b"".join(DESCRIPTOR.pack(offset + distance, *rest) for offset, *rest in DESCRIPTOR.iter_unpack(taken))

    def large_pages(self):
        """(flags, bytes) of each compressed one; the page of zeros that many share is not."""
        taken = DESCRIPTOR.iter_unpack(self.bytes[self.descriptors : self.data])
        return [(flags, self.bytes[at : at + size]) for at, size, flags, _ in taken if flags and size >= LARGE]


def write_bitmaps(file, small, size, random_bytes):
    """Both of `size` bytes: every page exists; how many pages the second one keeps."""
    for at in range(0, size, CHUNK):
        file.write(b"\xff" * min(CHUNK, size - at))
    table = runs_table()
    file.write(small.kept)
    kept, left = count(small.kept), size - len(small.kept)
    while left > 0:
        bitmap = random_bytes(min(CHUNK, left)).translate(table)
        file.write(bitmap)
        kept, left = kept + count(bitmap), left - len(bitmap)
    return kept


def write_pages(file, small, begin, end):
    """Spreads stored pages of the small dump over the data; the last ends where the file does. Their descriptors."""
    stored = small.large_pages()
    distinct = min(SPREAD, (end - begin) // PAGE)
    descriptors = []
    for number in range(distinct):
        flags, text = stored[number % len(stored)]
        at = begin + (end - begin) * (number + 1) // distinct - len(text)
        file.seek(at)
        file.write(text)
        descriptors.append(DESCRIPTOR.pack(at, len(text), flags, 0))
    return b"".join(descriptors)


def write_descriptors(file, first, spread, number):
    """`first`, then `number` that go through `spread` again and again and end with it; whether all were written."""
    whole = number <= WHOLE_DESCRIPTORS
    inner = number * DESCRIPTOR.size - len(spread)
    file.write(first)
    if whole:
        odd = inner % len(spread)
        file.write(spread[len(spread) - odd :])
        for _ in range(inner // len(spread)):
            file.write(spread)
    else:
        file.seek(inner, os.SEEK_CUR)
    file.write(spread)
    return whole


def make(path, small_path, host_bytes, file_bytes):
    """A sentence about what was made."""
    small = SmallDump(small_path)
    pages = host_bytes // PAGE
    bitmap_size = round_up(round_up(pages, 8) // 8, PAGE)
    with open(path, "wb") as file:
        file.write(small.head(pages, 2 * bitmap_size // PAGE))
        kept = write_bitmaps(file, small, bitmap_size, random.Random(host_bytes).randbytes)
        descriptors = file.tell()
        data = descriptors + kept * DESCRIPTOR.size
        file.seek(data)
        file.write(small.bytes[small.data :])
        spread = write_pages(file, small, file.tell(), max(file_bytes, file.tell() + SPREAD * PAGE // 4))
        file.seek(descriptors)
        first = small.moved_descriptors(data - small.data)
        whole = write_descriptors(file, first, spread, kept - len(first) // DESCRIPTOR.size)
        file.flush()
        os.fsync(file.fileno())  # only clean pages leave the page cache
    disk = os.stat(path).st_blocks * 512
    return (
        f"{kept:,} of {pages:,} pages kept, {kept * DESCRIPTOR.size / 1e6:,.1f} MB of descriptors "
        f"({'all written' if whole else 'holes but for the first and the last'}), "
        f"{len(spread) // DESCRIPTOR.size:,} different pages, {disk / 1e6:,.0f} MB on disk"
    )
