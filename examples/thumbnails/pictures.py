"""Makes pictures to try the example with: PPM files of 64 by 48 pixels, each with its own colours.

python pictures.py FOLDER [HOW_MANY]
"""

from __future__ import annotations

import sys
from pathlib import Path

WIDTH, HEIGHT = 64, 48


def picture(number: int) -> bytes:
    """A gradient from left to right and from top to bottom, whose blue is the number of the picture."""
    rows = range(HEIGHT)
    pixels = bytes(
        value for y in rows for x in range(WIDTH) for value in (255 * x // WIDTH, 255 * y // HEIGHT, 20 * number % 256)
    )
    return f"P6 {WIDTH} {HEIGHT} 255\n".encode() + pixels


def write(folder: Path, count: int) -> list[str]:
    """Write pictures; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number}.ppm" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(picture(number))
    return names


if __name__ == "__main__":
    print(" ".join(write(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 3)))
