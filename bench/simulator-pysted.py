"""Times pySTED (FLClab, PyPI `pysted`) on its own example maps; run by bench/simulator.ts where it is installed.

Prints one JSON object {map: {"noBleach": s, "bleach": s}}: CPU seconds of this process, medians of three, so that other
work on the machine does not count. The microscope is the gym profile.
"""
import json
import statistics
import sys
import time

import numpy
from pysted import base, data  # noqa: F401  (data: makes a missing wheel part fail here)

FOLDER = base.__file__.rsplit("/", 1)[0] + "/data/examples/"
MAPS = {"factin1": "factin/1.npy", "psd951": "psd95/1.npy", "tubulin1": "tubulin/1.npy"}
PIXEL = 20e-9

excitation = base.GaussianBeam(635e-9)
depletion = base.DonutBeam(750e-9, zero_residual=0.01, rate=40e6, tau=400e-12, anti_stoke=False)
detector = base.Detector(noise=True, background=0.5 / 3 / 10e-6, pcef=0.1, pdef=0.5)
objective = base.Objective(transmission={488: 0.84, 535: 0.85, 550: 0.86, 585: 0.85, 575: 0.85, 635: 0.84, 690: 0.82, 750: 0.77, 775: 0.75})
fluorescence = base.Fluorescence(
    690e-9,
    qy=0.65,
    sigma_abs={635: 3.2e-21, 750: 3.5e-25},
    sigma_ste={750: 3e-22},
    tau=3.5e-9,
    tau_vib=1e-12,
    tau_tri=1.2e-6,
    k0=0,
    k1=2.9e-16,
    b=1.66,
)
microscope = base.Microscope(excitation, depletion, detector, objective, fluorescence, load_cache=False)
beams, _, _ = microscope.cache(PIXEL)

out = {}
for name in sys.argv[1:] or MAPS:
    molecules = numpy.floor(40 * numpy.load(FOLDER + MAPS[name])).astype(int)
    times = {"noBleach": [], "bleach": []}
    for key in times:
        for _ in range(3):
            datamap = base.Datamap(molecules.copy(), PIXEL)
            datamap.set_roi(beams, "max")
            began = time.process_time()
            microscope.get_signal_and_bleach(
                datamap, PIXEL, 10e-6, 10e-6, 0.15, bleach=key == "bleach", update=False
            )
            times[key].append(time.process_time() - began)
    out[name] = {key: statistics.median(values) for key, values in times.items()}
print(json.dumps(out))
