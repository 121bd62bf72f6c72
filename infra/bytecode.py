"""`python -m infra.bytecode package/deployment.zip`: adds bytecode to a bundle of functions.

Lambda cannot write to the folder that it runs code from, so without this every cold start compiles all modules anew,
and takes three times as long (`python -m bench.cold`). The bytecode is for the version of Python that runs this, which
is the one that Chalice packages for. It is taken as it is: nothing compares it with the sources beside it.
"""

from __future__ import annotations

import compileall
import sys
import tempfile
from pathlib import Path
from py_compile import PycInvalidationMode
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The same sources make the same bundle."""


def add(bundle: Path) -> int:
    """Add bytecode of all modules that have none; of how many. What cannot be compiled is left as it is."""
    with tempfile.TemporaryDirectory() as folder, ZipFile(bundle) as read:
        read.extractall(folder)
        known = set(read.namelist())
        compileall.compile_dir(
            folder, maxlevels=50, quiet=2, stripdir=folder, invalidation_mode=PycInvalidationMode.UNCHECKED_HASH
        )
        found = {str(path.relative_to(folder)): path for path in sorted(Path(folder).rglob("*.pyc"))}
        fresh = {name: path.read_bytes() for name, path in found.items() if name not in known}
    with ZipFile(bundle, "a", ZIP_DEFLATED) as written:
        for name, data in fresh.items():
            info = ZipInfo(name, EPOCH)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
            written.writestr(info, data)
    return len(fresh)


def main(arguments: list[str]) -> int:
    """Do it for each bundle that is named; the exit status."""
    for name in arguments:
        bundle = Path(name)
        print(f"{bundle}: bytecode of {add(bundle)} modules; {bundle.stat().st_size / 1e6:.1f} MB")
    return 0 if arguments else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
