#!/usr/bin/env python3
"""Builds src/base/emergency.txt, the emergency numbers of each country, from libphonenumber's
ShortNumberMetadata.xml, which the PyPI package phonenumbers contains.

    scripts/build-emergency.py            fetches the package, writes the table
    scripts/build-emergency.py --check    the same, but only compares with the existing table

Needs only pip. The same package gives the same bytes.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PHONENUMBERS = "phonenumbers==9.0.43"
TABLE = Path(__file__).resolve().parent.parent / "src" / "base" / "emergency.txt"
DIGITS_MAX = 6

HEAD = """\
# Emergency numbers as they are dialed in each country: ISO 3166 letters, calling code, numbers;
# `x` is any digit. From ShortNumberMetadata.xml of libphonenumber (Apache License 2.0), through
# {package}; written by scripts/build-emergency.py.
"""


def numbers(emergency):
    """Returns the numbers that a pattern matches, shortest first."""
    pattern = re.compile(emergency.national_number_pattern)
    found = set()
    for length in emergency.possible_length:
        assert length <= DIGITS_MAX, emergency
        every = (str(number).zfill(length) for number in range(10**length))
        found.update(number for number in every if pattern.fullmatch(number))
    for place in (-1, -2):
        joined(found, place)
    return sorted(found, key=lambda number: (len(number), number))


def joined(found, place):
    """Replaces ten numbers that differ only in one digit by one with an x."""
    for number in sorted(found):
        head, tail = number[:place], number[place:][1:]
        ten = {f"{head}{digit}{tail}" for digit in range(10)}
        if ten <= found:
            found -= ten
            found.add(f"{head}x{tail}")


def table(folder):
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder,
         PHONENUMBERS],
        check=True,
    )
    with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
        wheel.extractall(folder)
    sys.path.insert(0, folder)
    from phonenumbers import PhoneMetadata
    from phonenumbers.phonenumberutil import country_code_for_region
    from phonenumbers.shortdata import _AVAILABLE_REGION_CODES

    lines = []
    for region in sorted(_AVAILABLE_REGION_CODES):
        emergency = PhoneMetadata.short_metadata_for_region(region).emergency
        code = country_code_for_region(region)
        if code and emergency and emergency.national_number_pattern:
            lines.append(" ".join([region, str(code), *numbers(emergency)]))
    return HEAD.format(package=PHONENUMBERS) + "\n".join(lines) + "\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        text = table(folder)
    if sys.argv[1:] == ["--check"]:
        sys.exit(None if TABLE.read_text() == text else f"{TABLE} differs")
    TABLE.write_text(text)
    print(f"{text.count(chr(10)) - HEAD.count(chr(10))} countries")


main()
