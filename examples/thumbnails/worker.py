"""Three of these render thumbnails side by side. Images are PPM, thumbnails PNG, so that nothing else is needed."""

from __future__ import annotations

import os
import struct
import zlib

import boto3
from meltemi_worker import Failed, Job, Worker

Image = tuple[int, int, bytes]
"""Width, height, and red, green and blue of each pixel."""

worker = Worker(target="thumbs")
s3 = boto3.client("s3")


@worker.action("images.shrink")
def shrink(bucket: str, key: str, width: int = 32, *, job: Job) -> dict[str, object]:
    """Makes a thumbnail of an image in a bucket and puts it beside it."""
    image = read_ppm(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    job.progress(30, "read")
    small = scaled(image, width, job)
    thumbnail = key.rpartition(".")[0] + ".thumb.png"
    s3.put_object(Bucket=bucket, Key=thumbnail, Body=png(small), ContentType="image/png")
    return {"key": thumbnail, "width": small[0], "height": small[1], "worker": os.getpid()}


def read_ppm(data: bytes) -> Image:
    """A binary PPM of 8 bits a colour, without comments."""
    parts = data.split(maxsplit=4)
    if len(parts) < 5 or parts[0] != b"P6" or parts[3] != b"255":
        raise Failed({"reason": "The image is no PPM of 8 bits a colour."})
    width, height = int(parts[1]), int(parts[2])
    pixels = data[-width * height * 3 :]
    return width, height, pixels


def scaled(image: Image, width: int, job: Job) -> Image:
    """The image in another width: each pixel is the mean of those that it stands for."""
    full, tall, pixels = image
    height = max(1, tall * width // full)
    rows = bytearray()
    for y in range(height):
        job.check()
        job.progress(30 + 70 * y / height)
        ys = range(y * tall // height, max((y + 1) * tall // height, y * tall // height + 1))
        for x in range(width):
            xs = range(x * full // width, max((x + 1) * full // width, x * full // width + 1))
            for colour in range(3):
                found = [pixels[(row * full + column) * 3 + colour] for row in ys for column in xs]
                rows.append(sum(found) // len(found))
    return width, height, bytes(rows)


def png(image: Image) -> bytes:
    """The image as a PNG."""
    width, height, pixels = image
    lines = b"".join(b"\0" + pixels[y * width * 3 : (y + 1) * width * 3] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(lines)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
