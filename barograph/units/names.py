"""Names and spellings that take no prefix; a name with several meanings lists them all.

Conventions where trades differ: gallons are those of the United States unless named; columns of water are of
1000 kg/m³ and of mercury of 13,595.1 kg/m³, both at standard gravity; Btu is the International Table's, cal
the thermochemical one; hp is 550 ft·lbf/s.
"""

from collections.abc import Mapping, Sequence

NAMES: Sequence[tuple[str, str]] = (
    # time
    ("min", "minute"),
    ("h hr hrs", "hour"),
    ("d", "day"),
    ("wk", "week"),
    ("yr", "year"),
    ("sec secs", "second"),
    ("msec", "millisecond"),
    ("usec \N{GREEK SMALL LETTER MU}sec", "microsecond"),
    # angle
    ("° deg degs", "pi / 180 * own_plane_radian"),
    ("arcmin", "pi / 10800 * own_plane_radian"),
    ("arcsec", "pi / 648000 * own_plane_radian"),
    ("gon grad", "pi / 200 * own_plane_radian"),
    ("dps", "pi / 180 * own_plane_radian / second"),
    # length, area, volume
    ("in", "inch"),
    ("ft", "foot"),
    ("yd", "yard"),
    ("mi", "mile"),
    ("nmi", "nautical_mile"),
    ("mil mils thou", "0.001 * inch"),
    ("\N{ANGSTROM SIGN} \N{LATIN CAPITAL LETTER A WITH RING ABOVE}", "angstrom"),
    ("ha", "hectare"),
    ("sqft sq.ft", "foot**2"),
    ("sqin sq.in", "inch**2"),
    ("cc ccm", "centimetre**3"),
    ("cuft cu.ft cf", "foot**3"),
    ("gal USgal", "gallon"),
    ("bbl", "oil_barrel"),
    # mass and force
    ("lb lbs lbm", "pound"),
    ("klb", "1000 * pound"),
    ("gr", "grain"),
    ("slug slugs", "slug"),
    ("lbf", "force_pound"),
    ("klbf kip kips", "1000 * force_pound"),
    ("ozf", "force_pound / 16"),
    ("kp", "kilogram * standard_gravity"),
    ("daN", "10 * newton"),
    ("daNm", "10 * newton * metre"),
    ("Ncm", "0.01 * newton * metre"),
    ("Nmm", "0.001 * newton * metre"),
    # torque
    ("ft-lb ft-lbs ft.lb ftlb ft-lbf ft.lbf ftlbf ft*lb", "foot * force_pound"),
    ("lb-ft lbft lbs-ft lbf-ft lbfft lb*ft", "foot * force_pound"),
    ("in-lb in-lbs in.lb inlb in-lbf lb-in lbin lbs-in lbf-in in*lb lb*in", "inch * force_pound"),
    ("oz-in ozin oz.in in-oz ozf-in in*oz oz*in", "force_pound / 16 * inch"),
    # acceleration
    ("g_0 g0 gn g_n gee gees g-force gforce", "standard_gravity"),
    ("mV/g", "millivolt / standard_gravity"),
    ("V/g", "volt / standard_gravity"),
    ("pC/g", "picocoulomb / standard_gravity"),
    # pressure
    ("at", "technical_atmosphere"),
    ("atm", "standard_atmosphere"),
    ("psf", "force_pound / foot**2"),
    ("ksi", "1000 * pound_force_per_square_inch"),
    ("ksc", "kilogram * standard_gravity / centimetre**2"),
    ("mmHg", "133.322387415 * pascal"),
    ("umHg \N{GREEK SMALL LETTER MU}mHg", "0.133322387415 * pascal"),
    ("cmHg", "1333.22387415 * pascal"),
    ("inHg in.Hg inchHg inchesHg inchesofmercury", "3386.388640341 * pascal"),
    ("mmH2O mmWC mmWS mmWG mmCE mmwc", "9.80665 * pascal"),
    ("cmH2O cmWC cmWS", "98.0665 * pascal"),
    ("mH2O mWC mWS mCE", "9806.65 * pascal"),
    ("inH2O in.H2O inchesH2O inchesofwater inchofwater", "249.08891 * pascal"),
    ("inWC inWG in.WC inw.c in.w.c inw.g iwc iwg inAq in.wg", "249.08891 * pascal"),
    ("ftH2O ftWC", "2989.06692 * pascal"),
    # power and energy
    ("hp bhp", "550 * foot * force_pound / second"),
    ("PS", "75 * kilogram * standard_gravity * metre / second"),
    ("Btu", "Btu_it"),
    ("kBtu", "1000 * Btu_it"),
    ("MMBtu", "1000000 * Btu_it"),
    ("BTUH Btuh", "Btu_it / hour"),
    ("kWhr", "kilowatt * hour"),
    ("MWhr", "megawatt * hour"),
    ("mAhr", "milliampere * hour"),
    # speed and rates
    ("mph", "mile / hour"),
    ("kph kmh kmph km/h km/hr", "kilometre / hour"),
    ("kt kts kn", "knot"),
    ("fps", "foot / second"),
    ("fpm", "foot / minute"),
    ("ips", "inch / second"),
    ("ipm", "inch / minute"),
    ("cpm bpm spm", "1 / minute"),
    # flow
    ("gpm usgpm", "gallon / minute"),
    ("gph", "gallon / hour"),
    ("gpd", "gallon / day"),
    ("igpm ukgpm", "imperial_gallon / minute"),
    ("mgd", "1000000 * gallon / day"),
    ("bpd bbl/d", "oil_barrel / day"),
    ("lpm", "litre / minute"),
    ("lps", "litre / second"),
    ("lph", "litre / hour"),
    ("m3/h m3/hr cmh", "metre**3 / hour"),
    ("ccm/min ccpm", "centimetre**3 / minute"),
    ("cfm acfm", "foot**3 / minute"),
    ("cfs", "foot**3 / second"),
    ("cfh", "foot**3 / hour"),
    ("sccm", "centimetre**3 / minute * own_standard_gas"),
    ("scc/min sml/min", "centimetre**3 / minute * own_standard_gas"),
    ("sccs scc/s", "centimetre**3 / second * own_standard_gas"),
    ("slm slpm sl/min", "litre / minute * own_standard_gas"),
    ("sm3/h", "metre**3 / hour * own_standard_gas"),
    ("scfm", "foot**3 / minute * own_us_standard_gas"),
    ("scfh", "foot**3 / hour * own_us_standard_gas"),
    ("mmscfd", "1000000 * foot**3 / day * own_us_standard_gas"),
    ("nlpm nlm", "litre / minute * own_normal_gas"),
    # composition
    ("%", "0.01"),
    ("‰", "0.001"),
    ("bp", "0.0001"),
    ("ppm", "0.000001"),
    ("ppb", "0.000000001"),
    ("ppmv vppm", "0.000001 * own_volume_share"),
    ("ppbv", "0.000000001 * own_volume_share"),
    ("%vol vol% %v/v vol.% vol.-% %(v/v) vol-%", "0.01 * own_volume_share"),
    ("ppmw", "0.000001 * own_mass_share"),
    ("%wt wt% %w/w wt.% mass% %(w/w) wt.-%", "0.01 * own_mass_share"),
    ("%RH RH% RH %r.h %r.F %rF", "0.01 * own_relative_humidity"),
    ("%FS %F.S %FSO %FSR %span %offullscale %fullscale", "0.01 * own_full_scale"),
    ("%LEL LEL%", "0.01 * own_explosive_limit"),
    ("pH", "own_ph_value"),
    ("PSU", "own_salinity"),
    ("NTU", "own_ntu"),
    ("FNU", "own_fnu"),
    ("FTU", "own_ftu"),
    ("FAU", "own_fau"),
    # light, radiation, information
    ("fc ft-c footcandle footcandles", "candela * steradian / foot**2"),
    ("nit nits", "candela / metre**2"),
    ("KiB", "8192 * own_information_bit"),
    ("MiB", "8388608 * own_information_bit"),
    ("GiB", "8589934592 * own_information_bit"),
    ("baud Bd", "1 / second"),
    # strain, noise
    ("ustrain \N{GREEK SMALL LETTER MU}strain microstrain", "0.000001"),
    ("ue u\N{GREEK SMALL LETTER EPSILON}", "0.000001"),
    ("\N{GREEK SMALL LETTER MU}\N{GREEK SMALL LETTER EPSILON}", "0.000001"),
    ("\N{GREEK SMALL LETTER MU}\N{LATIN SMALL LETTER OPEN E}", "0.000001"),
    ("\N{GREEK SMALL LETTER EPSILON}", "1"),
    ("dB", "own_decibel"),
    ("Np", "8.685889638065037 * own_decibel"),
    ("PF", "1"),
    ("rtHz \N{SQUARE ROOT}Hz rootHz sqrt(Hz) Hz^0.5 Hz^1/2 Hz^(1/2)", "hertz**0.5"),
    # differences of temperatures
    ("deltadegC \N{GREEK CAPITAL LETTER DELTA}°C \N{GREEK CAPITAL LETTER DELTA}C", "kelvin"),
    ("\N{GREEK CAPITAL LETTER DELTA}K", "kelvin"),
    ("deltadegF \N{GREEK CAPITAL LETTER DELTA}°F", "5 / 9 * kelvin"),
)  # fmt: skip

NORMAL_VOLUMES: Sequence[tuple[str, str]] = (
    ("Nm3 NCM", "metre**3 * own_normal_gas"),
    ("Nl NL", "litre * own_normal_gas"),
    ("Nml Nccm Ncc", "centimetre**3 * own_normal_gas"),
    ("Sm3", "metre**3 * own_standard_gas"),
    ("scc", "centimetre**3 * own_standard_gas"),
    ("scf", "foot**3 * own_us_standard_gas"),
)
"""Amounts of gas as volumes at a reference state, which only convert among those of the same state."""

AMBIGUOUS: Mapping[str, Sequence[tuple[str, str]]] = {
    "g": (("gram", "gram"), ("g_0", "standard_gravity")),
    "mg": (("milligram", "milligram"), ("0.001 g_0", "0.001 * standard_gravity")),
    "ug": (("microgram", "microgram"), ("0.000001 g_0", "0.000001 * standard_gravity")),
    "\N{GREEK SMALL LETTER MU}g": (
        ("microgram", "microgram"),
        ("0.000001 g_0", "0.000001 * standard_gravity"),
    ),
    "G": (("gauss", "0.0001 * tesla"), ("g_0", "standard_gravity")),
    "R": (("degR", "5 / 9 * kelvin"), ("roentgen", "roentgen")),
    "uE": (("microstrain", "0.000001"), ("micromole of photons", "micromole")),
    "\N{GREEK SMALL LETTER MU}E": (("microstrain", "0.000001"), ("micromole of photons", "micromole")),
    "ppt": (("parts per thousand", "0.001"), ("parts per trillion", "0.000000000001")),
    "oz": (("ounce", "ounce"), ("fl oz", "fluid_ounce"), ("ozf", "force_pound / 16")),
    "ton": (("short ton", "short_ton"), ("long ton", "long_ton"), ("tonne", "tonne")),
    "tons": (("short ton", "short_ton"), ("long ton", "long_ton"), ("tonne", "tonne")),
    "kg/cm2": (
        ("kgf/cm2", "kilogram * standard_gravity / centimetre**2"),
        ("mass on area", "kilogram / centimetre**2"),
    ),
    **dict.fromkeys(
        ("lb/in2", "lb/in^2", "lbs/in2", "lbs/in^2"),
        (("psi", "pound_force_per_square_inch"), ("mass on area", "pound / inch**2")),
    ),
    **dict.fromkeys(
        ("lb/ft2", "lb/ft^2", "lbs/ft2", "lbs/ft^2"),
        (("psf", "force_pound / foot**2"), ("mass on area", "pound / foot**2")),
    ),
    "kg/mm2": (
        ("kgf/mm2", "kilogram * standard_gravity / millimetre**2"),
        ("mass on area", "kilogram / millimetre**2"),
    ),
}
"""Texts with several meanings: what to write instead, and what it is to pint."""

REVOLUTIONS: Sequence[tuple[str, str, str]] = (
    ("rev revs revolution revolutions turn turns r U", "2 * pi * own_plane_radian", "1"),
    ("rpm r.p.m Upm", "2 * pi * own_plane_radian / minute", "1 / minute"),
    ("rps", "2 * pi * own_plane_radian / second", "1 / second"),
    ("krpm", "2000 * pi * own_plane_radian / minute", "1000 / minute"),
)
"""An angle where it meets angles, a number where it meets hertz: 60 rpm are 1 Hz, and 6.28 rad/s."""

TEMPERATURES: Sequence[tuple[str, str, str, str]] = (
    ("degC °C celsius centigrade deg.C degreec degreesc", "degC", "1", "273.15"),
    ("degcelsius degreecelsius degreescelsius", "degC", "1", "273.15"),
    ("degF °F fahrenheit deg.F degreef degreesf degreesfahrenheit", "degF", "5/9", "45967/180"),
    ("degR °R °Ra rankine", "degR", "5/9", "0"),
    ("degK °K", "K", "1", "0"),
)  # fmt: skip
"""Spellings, name, and the line to kelvins: slope and offset as fractions."""

COULOMB_OR_CELSIUS = ("C", "coulomb", "degC")
FARAD_OR_FAHRENHEIT = ("F", "farad", "degF")

PRESSURES = (
    "psi ksi bar mbar Pa hPa kPa MPa atm inHg mmHg inH2O mmH2O cmH2O inWC mmWC ksc "
    "kg/cm2 kgf/cm2 kg/cm^2 kgf/cm^2"
)
PRESSURE_MARKS: Mapping[str, Sequence[str]] = {
    "gauge": ("g", "G", "-g", "(g)", "gauge", "(gauge)", "(G)"),
    "absolute": ("a", "A", "-a", "(a)", "abs", "(abs)", "absolute", "(absolute)", "(A)"),
    "differential": ("d", "D", "(d)", "diff", "(diff)", "differential"),
}
"""What follows a pressure: gauge and differential pressures only convert among themselves."""

LEVELS: Sequence[tuple[str, str, str]] = (
    ("dBW", "power", "0"),
    ("dBm", "power", "-30"),
    ("dBV", "voltage", "0"),
    ("dBu", "voltage", "-2.218487496163564"),
    ("dBmV", "voltage", "-60"),
    ("dBuV dBμV", "voltage", "-120"),
    ("dBFS", "full scale", "0"),
    ("dBSPL", "sound pressure", "0"),
    ("dBA dB(A)", "sound pressure, A", "0"),
    ("dBC dB(C)", "sound pressure, C", "0"),
    ("dBZ dB(Z)", "sound pressure, Z", "0"),
    ("dBc", "carrier", "0"),
    ("dBi", "isotropic antenna", "0"),
    ("dBd", "dipole", "0"),
)
"""Logarithms: spellings, what they are of, and what is added to reach the first of their kind."""
