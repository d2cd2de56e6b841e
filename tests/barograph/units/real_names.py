"""Names of units as data sheets, recorders, PLCs and calibration files write them.

Each line: the unit to convert to, then names and what one of them is in it. The numbers were worked out by
hand from the definitions (inch 25.4 mm, pound 0.45359237 kg, g 9.80665 m/s², US gallon 231 in³, Btu
1055.05585262 J, torr 101325/760 Pa), without pint and without the tables under test.
"""

import re
from typing import NamedTuple

FACTORS = """
Hz: Hz 1, hz 1, HZ 1, Hertz 1, kHz 1000, KHz 1000, KHZ 1000, MHz 1e6, GHz 1e9, mHz 1e-3, 1/s 1, s-1 1
Hz: s^-1 1, s⁻¹ 1
Hz: rpm 0.0166666666666667, RPM 0.0166666666666667, Rpm 0.0166666666666667, rev/min 0.0166666666666667
Hz: r/min 0.0166666666666667, U/min 0.0166666666666667, 1/min 0.0166666666666667, min-1 0.0166666666666667
Hz: krpm 16.6666666666667, rps 1, rev/s 1, revolutions per minute 0.0166666666666667, cps 1, counts/s 1
Hz: S/s 1
Hz: r.p.m. 0.0166666666666667, Upm 0.0166666666666667
Hz: kS/s 1000, MS/s 1e6, bpm 0.0166666666666667, min⁻¹ 0.0166666666666667, cycles/s 1, pulses/s 1, Sa/s 1
rad/s: rpm 0.104719755119660, rev/min 0.104719755119660, °/s 0.0174532925199433, deg/s 0.0174532925199433
rad/s: rps 6.28318530717959, dps 0.0174532925199433, deg/sec 0.0174532925199433, RPM 0.104719755119660
rad/s: mrad/s 1e-3
rad: deg 0.0174532925199433, ° 0.0174532925199433, degrees 0.0174532925199433, arcmin 2.90888208665722e-4
rad: arcsec 4.84813681109536e-6, mrad 1e-3, rev 6.28318530717959, turns 6.28318530717959, urad 1e-6
rad: grad 0.015707963267949
rad/s^2: rpm/s 0.104719755119660, deg/s² 0.0174532925199433, °/s² 0.0174532925199433
Pa: Pa 1, hPa 100, kPa 1000, KPa 1000, MPa 1e6, GPa 1e9, bar 1e5, BAR 1e5, Bar 1e5, mbar 100, ubar 0.1
Pa: psi 6894.757293168, PSI 6894.757293168, psia 6894.757293168, PSIA 6894.757293168, psi(a) 6894.757293168
Pa: lbf/in2 6894.757293168, lbf/in² 6894.757293168, ksi 6894757.293168, psf 47.88025898034
Pa: lb/in2 6894.757293168
Pa: bara 1e5, bar(a) 1e5, bar abs 1e5, kPa abs 1000, kPaa 1000, mbara 100, hPa abs 100, kbar 1e8
Pa: atm 101325, at 98066.5, Torr 133.322368421053, torr 133.322368421053, mTorr 0.133322368421053
Pa: TORR 133.322368421053
Pa: mmHg 133.322387415, mm Hg 133.322387415, inHg 3386.388640341, in Hg 3386.388640341, cmHg 1333.22387415
Pa: inH2O 249.08891, in H2O 249.08891, in. H2O 249.08891, inWC 249.08891, in WC 249.08891, iwc 249.08891
Pa: IWC 249.08891
Pa: mmH2O 9.80665, mm H2O 9.80665, mmWC 9.80665, mmWS 9.80665, cmH2O 98.0665, mH2O 9806.65, mWC 9806.65
Pa: ftH2O 2989.06692
Pa: kgf/cm2 98066.5, kgf/cm² 98066.5, kg/cm2 98066.5, kg/cm² 98066.5, N/m2 1, N/m² 1, N/mm2 1e6, N/mm² 1e6
Pa: dyn/cm2 0.1
Pa(g): psig 6894.757293168, PSIG 6894.757293168, psi(g) 6894.757293168, psi g 6894.757293168
Pa(g): psi gauge 6894.757293168
Pa(g): barg 1e5, barG 1e5, bar(g) 1e5, bar g 1e5, BARG 1e5, mbarg 100, kPag 1000, kPa(g) 1000, MPag 1e6
Pa(g): Pa (gauge) 1
psig: barg 14.5037737730209, kg/cm2g 14.2233433071203, inH2Og 0.0361272920000837
Pa(d): psid 6894.757293168, bard 1e5, mbard 100, kPa(d) 1000, bar diff 1e5, psi(d) 6894.757293168
N: N 1, kN 1000, MN 1e6, mN 1e-3, daN 10, kgf 9.80665, kp 9.80665, gf 0.00980665, lbf 4.4482216152605
N: ozf 0.278013850953781, kip 4448.2216152605, klbf 4448.2216152605, dyn 1e-5, newtons 1, kilonewton 1000
N*m: Nm 1, N·m 1, N.m 1, N-m 1, N m 1, N⋅m 1, kNm 1000, mNm 1e-3, MNm 1e6, Ncm 0.01, cNm 0.01, Nmm 1e-3
N*m: kN*m 1000
N*m: ft-lb 1.3558179483314, ft-lbf 1.3558179483314, ft·lbf 1.3558179483314, lb-ft 1.3558179483314
N*m: lbf-ft 1.3558179483314
N*m: lbf·ft 1.3558179483314, ft lb 1.3558179483314, FT-LB 1.3558179483314, in-lb 0.112984829027617
N*m: lbf-in 0.112984829027617
N*m: in-lbf 0.112984829027617, oz-in 0.00706155181422604, ozf-in 0.00706155181422604, kgf*m 9.80665
N*m: lbf*in 0.112984829027617
N*m/rad: Nm/rad 1, Nm/deg 57.2957795130823, kNm/rad 1000, Nm/° 57.2957795130823
N/m: N/mm 1000, kN/m 1000, lbf/in 175.126835246476, lbf/ft 14.5939029372064, mN/m 1e-3
m: m 1, mm 1e-3, cm 0.01, km 1000, Km 1000, KM 1000, um 1e-6, µm 1e-6, μm 1e-6, nm 1e-9, micron 1e-6
m: microns 1e-6, Å 1e-10
m: in 0.0254, inch 0.0254, inches 0.0254, IN 0.0254, ft 0.3048, feet 0.3048, yd 0.9144, mi 1609.344
m: mile 1609.344
m: mil 2.54e-5, mils 2.54e-5, thou 2.54e-5, nmi 1852, meter 1, metres 1, millimeters 1e-3, kilometres 1000
m^2: m2 1, m² 1, cm2 1e-4, mm² 1e-6, ft2 0.09290304, sq ft 0.09290304, in² 6.4516e-4, ha 1e4
m^2: acre 4046.872609874, km² 1e6
m^3: m3 1, m³ 1, L 1e-3, l 1e-3, ml 1e-6, mL 1e-6, uL 1e-9, µl 1e-9, dl 1e-4, hl 0.1, cc 1e-6, cm3 1e-6
m^3: cm³ 1e-6
m^3: gal 0.003785411784, ft3 0.028316846592, cu ft 0.028316846592, bbl 0.158987294928, in3 1.6387064e-5
m^3: liters 1e-3, litre 1e-3
m/s: m/s 1, km/h 0.277777777777778, Km/h 0.277777777777778, KM/H 0.277777777777778, kph 0.277777777777778
m/s: kmh 0.277777777777778
m/s: mph 0.44704, MPH 0.44704, miles per hour 0.44704, knots 0.514444444444444, kt 0.514444444444444
m/s: kts 0.514444444444444
m/s: ft/s 0.3048, fps 0.3048, ft/min 0.00508, fpm 0.00508, in/s 0.0254, ips 0.0254, mm/s 1e-3
m/s: m/min 0.0166666666666667
m/s: m·s-1 1, m s-1 1, m.s-1 1, m/sec 1, km/hr 0.277777777777778, cm/s 0.01, ft/sec 0.3048
m/s^2: m/s^2 1, m/s² 1, m/s2 1, m/s/s 1, m/s**2 1, m·s⁻² 1, g 9.80665, G 9.80665, gn 9.80665, g_0 9.80665
m/s^2: mg 0.00980665
m/s^2: ft/s² 0.3048, Gal 0.01, mGal 1e-5, ft/s2 0.3048, mm/s² 1e-3
kg: kg 1, Kg 1, KG 1, g 1e-3, mg 1e-6, µg 1e-9, ug 1e-9, t 1000, tonne 1000, lb 0.45359237, lbs 0.45359237
kg: lbm 0.45359237
kg: oz 0.028349523125, gram 1e-3, grams 1e-3, slug 14.5939029372064, gr 6.479891e-5, pounds 0.45359237
kg: kilogram 1
m^3/s: m3/h 2.77777777777778e-4, m³/h 2.77777777777778e-4, m3/hr 2.77777777777778e-4
m^3/s: M3/H 2.77777777777778e-4, m3/s 1
m^3/s: L/min 1.66666666666667e-5, l/min 1.66666666666667e-5, lpm 1.66666666666667e-5
m^3/s: LPM 1.66666666666667e-5, l/s 1e-3
m^3/s: L/h 2.77777777777778e-7, ml/min 1.66666666666667e-8, cc/min 1.66666666666667e-8, gpm 6.30901964e-5
m^3/s: GPM 6.30901964e-5
m^3/s: gal/min 6.30901964e-5, cfm 4.719474432e-4, CFM 4.719474432e-4, ft3/min 4.719474432e-4
m^3/s: ft³/min 4.719474432e-4
m^3/s: cfs 0.028316846592, gph 1.05150327333333e-6, acfm 4.719474432e-4, LPS 1e-3
m^3/s: liters per minute 1.66666666666667e-5
sccm: sccm 1, SCCM 1, slm 1000, SLM 1000, SLPM 1000, slpm 1000, sccs 60, sl/min 1000, scc/min 1
Nm3/h: Nm3/h 1, Nm³/h 1, Nm3/hr 1, Nl/min 0.06, NL/min 0.06, NLPM 0.06, Nm3/min 60, Nml/min 6e-5
scfm: SCFM 1, scfh 0.0166666666666667, scf/min 1
kg/s: kg/s 1, kg/h 2.77777777777778e-4, kg/hr 2.77777777777778e-4, g/s 1e-3, lb/h 1.25997880555556e-4
kg/s: lb/min 0.00755987283333333
kg/s: t/h 0.277777777777778, mg/s 1e-6, g/min 1.66666666666667e-5
kg/m^3: kg/m3 1, kg/m³ 1, g/cm3 1000, g/cc 1000, g/ml 1000, mg/L 1e-3, mg/l 1e-3, ug/m3 1e-9, µg/m³ 1e-9
kg/m^3: lb/ft3 16.0184633739601
kg/m^3: mg/m3 1e-6, g/L 1, kg/l 1000
mol/m^3: mol/l 1000, mol/L 1000, M 1000, mM 1, mmol/l 1, umol/l 1e-3
K: K 1, mK 1e-3, kelvin 1, °R 0.555555555555556, degR 0.555555555555556, deg K 1
delta_degC: Δ°C 1, delta_degF 0.555555555555556, Δ°F 0.555555555555556
K/s: °C/s 1, °C/min 0.0166666666666667, degF/s 0.555555555555556, K/min 0.0166666666666667
K/s: deg C/min 0.0166666666666667
V: V 1, mV 1e-3, uV 1e-6, µV 1e-6, μV 1e-6, nV 1e-9, kV 1000, KV 1000, MV 1e6, Volts 1, volts 1, volt 1
V: VDC 1, Vdc 1, mVdc 1e-3
V: millivolts 1e-3, kilovolt 1000, microvolt 1e-6, W/A 1, [V] 1, V. 1
V/V: mV/V 1e-3, µV/V 1e-6, V/V 1, uV/V 1e-6
A: A 1, mA 1e-3, uA 1e-6, µA 1e-6, nA 1e-9, pA 1e-12, kA 1000, Amps 1, amps 1, Ampere 1, milliamps 1e-3
A: amp 1
ohm: ohm 1, Ohm 1, Ohms 1, OHM 1, Ω 1, Ω 1, kΩ 1000, kΩ 1000, kOhm 1000, KOhm 1000, kohm 1000, MΩ 1e6
ohm: mΩ 1e-3, MOhm 1e6
ohm: mOhm 1e-3, uOhm 1e-6, µΩ 1e-6, GΩ 1e9, V/A 1
W: W 1, mW 1e-3, kW 1000, KW 1000, MW 1e6, uW 1e-6, hp 745.699871582270, HP 745.699871582270, PS 735.49875
W: BTU/h 0.293071070172222
W: Btu/hr 0.293071070172222, BTUH 0.293071070172222, J/s 1, watts 1, kilowatts 1000, nW 1e-9
VA: VA 1, kVA 1000, MVA 1e6, KVA 1000
var: var 1, VAr 1, VAR 1, kvar 1000, kVAr 1000, kVAR 1000, MVAr 1e6, Mvar 1e6
J: J 1, kJ 1000, MJ 1e6, Wh 3600, kWh 3.6e6, KWh 3.6e6, MWh 3.6e9, kW-h 3.6e6, kW·h 3.6e6, Ws 1, cal 4.184
J: kcal 4184, eV 1.602176634e-19
J: BTU 1055.05585262, Btu 1055.05585262, erg 1e-7, N·m 1, keV 1.602176634e-16, kW.h 3.6e6
A*s: Ah 3600, mAh 3.6, A·h 3600, A-h 3600, As 1, kAh 3.6e6, coulomb 1, pC 1e-12
s: s 1, sec 1, Sec 1, SEC 1, secs 1, seconds 1, ms 1e-3, msec 1e-3, us 1e-6, µs 1e-6, usec 1e-6, ns 1e-9
s: min 60, h 3600
s: hr 3600, hrs 3600, hours 3600, d 86400, days 86400, minutes 60, MIN 60, milliseconds 1e-3, wk 604800
F: F 1, uF 1e-6, µF 1e-6, nF 1e-9, pF 1e-12
H: H 1, mH 1e-3, uH 1e-6, µH 1e-6
T: T 1, mT 1e-3, uT 1e-6, G 1e-4, gauss 1e-4, kG 0.1, mG 1e-7
S/m: S/m 1, mS/cm 0.1, uS/cm 1e-4, µS/cm 1e-4, mS/m 1e-3, umho/cm 1e-4
Pa*s: Pa·s 1, mPa·s 1e-3, mPa.s 1e-3, mPa*s 1e-3, cP 1e-3, P 0.1
m^2/s: cSt 1e-6, St 1e-4, mm²/s 1e-6, mm2/s 1e-6
W/m^2: W/m2 1, W/m² 1, mW/cm2 10, kW/m² 1000
W/(m*K): W/(m*K) 1, W/(m·K) 1, W/m K 1, W/m·K 1, W/m/K 1, mW/(m.K) 1e-3, W/m°C 1
W/(m^2*K): W/m2 K 1, W/(m²·K) 1, W/m²/K 1
J/(kg*K): J/(kg*K) 1, J/kg K 1, kJ/(kg·K) 1000, J/kg/K 1, kJ/kg-K 1000
J/kg: kJ/kg 1000, J/g 1000, BTU/lb 2326
%: % 1, percent 1, ppm 1e-4, ppb 1e-7, ‰ 0.1, PPM 1e-4, 1 100
%RH: %RH 1, % RH 1, %rH 1, RH% 1, %r.h. 1, % r.F. 1
%FS: %FS 1, % FS 1, %F.S. 1, %FSO 1
ppmv: ppmv 1, ppbv 1e-3, %vol 1e4, vol% 1e4, Vol.-% 1e4
1: count 1, counts 1, count(s) 1, Counts 1, cts 1, CTS 1, LSB 1, lsb 1, steps 1, units 1, Unitless 1
1: unitless 1, - 1, [-] 1, flag 1
1: bool 1, Bool 1, BOOL 1, none 1, None 1, N/A 1, Number 1, ratio 1, PF 1, pulses 1, samples 1, # 1, enum 1
1: state 1, ADU 1, digits 1
1: microstrain 1e-6, µε 1e-6, ustrain 1e-6, uE 1e-6, µstrain 1e-6, µm/m 1e-6, strain 1, mm/m 1e-3
1: mstrain 1e-3, με 1e-6
bit: bit 1, bits 1, byte 8, B 8, kB 8000, MB 8e6, KiB 8192, bytes 8, Mbit 1e6
bit/s: bps 1, kbps 1000, Mbps 1e6, Mbit/s 1e6, kB/s 8000, MB/s 8e6
lx: lux 1, lx 1, klx 1000, fc 10.7639104167097
V/rtHz: V/√Hz 1, nV/√Hz 1e-9, nV/rtHz 1e-9, V/sqrt(Hz) 1
V/(m/s^2): mV/g 1.01971621297793e-4, V/g 0.101971621297793, mV/(m/s²) 1e-3
NTU: NTU 1, ntu 1
FNU: FNU 1
pH: pH 1
dB: dB 1, Np 8.68588963806504, db 1
dBA: dBA 1, dB(A) 1, dBa 1, dB A 1
dBFS: dBFS 1, dbfs 1
PSU: PSU 1
Bq: Bq 1, kBq 1000
"""

OFFSETS = """
degC: degF 0.555555555555556 -17.7777777777778, °F 0.555555555555556 -17.7777777777778
degC: deg F 0.555555555555556 -17.7777777777778
degC: ℉ 0.555555555555556 -17.7777777777778, K 1 -273.15, Kelvin 1 -273.15, °R 0.555555555555556 -273.15
degC: °C 1 0, ℃ 1 0, Celsius 1 0, celsius 1 0, deg C 1 0, deg_C 1 0, DegC 1 0, DEGC 1 0, C 1 0, ºC 1 0
degC: degrees C 1 0, centigrade 1 0
degF: °C 1.8 32, F 1 0, fahrenheit 1 0, DegF 1 0
K: degC 1 273.15, degF 0.555555555555556 255.372222222222
dBW: dBm 1 -30, DBM 1 -30
dBV: dBu 1 -2.21848749616356, dBmV 1 -60, dBuV 1 -120, dBµV 1 -120
"""

LABELS = """
Unit1, furlong/fortnite, volts per hour?, state machine, 0.5, 2 V, V/, m^, per, a.b, exp(2), kmol*?, м, °dH
Brix, HRC, Shore A
mm/s RMS, m/s peak, l/100km, 10^3/ul, CFU/ml, Bft, oktas, dBm/Hz, dBA/s, dB*dBm, cell, deg ATDC, 1e-6, $
EUR/kWh
"""


class RealName(NamedTuple):
    """A name, the unit to convert to, and the line there."""

    text: str
    base: str
    slope: float
    offset: float


def real_names() -> list[RealName]:
    """All names of the tables whose conversion is known."""
    return [
        RealName(match[1], base, float(match[2]), float(match[3] or 0))
        for table in (FACTORS, OFFSETS)
        for line in table.strip().splitlines()
        for base, _, names in [line.partition(": ")]
        for name in names.split(", ")
        if (match := re.fullmatch(r"(.+?) (-?[\d.e+-]+)(?: (-?[\d.e+-]+))?", name))
    ]


def labels() -> list[str]:
    """Texts that are no units."""
    return [each for line in LABELS.strip().splitlines() for each in line.split(", ")]
