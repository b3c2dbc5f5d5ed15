"""Times one qLogNEHVI proposal of BoTorch; run by bench/optimiser-speed.ts where BoTorch is installed.

Reads {"x": [[…]], "y": [[…]], "reference": […], "repeats": n} (unit cube, minimised) and prints
{"cpuS": […], "wallS": […], "versions": "…"}, one thread. The settings are those of the benchmark's authors: one
SingleTaskGP an objective with its defaults, fitted from scratch, 128 quasi-random posterior samples, baseline pruned,
4 restarts from 256 raw candidates.
"""
import json
import sys
import time
import warnings

import botorch
import torch
from botorch.acquisition.multi_objective.logei import qLogNoisyExpectedHypervolumeImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import ModelListGP, SingleTaskGP
from botorch.models.transforms import Normalize, Standardize
from botorch.optim import optimize_acqf
from botorch.sampling import SobolQMCNormalSampler
from gpytorch.mlls import SumMarginalLogLikelihood

warnings.filterwarnings("ignore")
torch.set_num_threads(1)
given = json.load(sys.stdin)
x = torch.tensor(given["x"], dtype=torch.double)
y = -torch.tensor(given["y"], dtype=torch.double)
reference = [-r for r in given["reference"]]
d = x.shape[1]
bounds = torch.stack([torch.zeros(d), torch.ones(d)]).to(torch.double)
cpu, wall = [], []
for repeat in range(given["repeats"]):
    torch.manual_seed(repeat)
    start, busy = time.perf_counter(), time.process_time()
    models = ModelListGP(
        *(
            SingleTaskGP(
                x,
                y[:, j : j + 1],
                input_transform=Normalize(d, bounds=bounds),
                outcome_transform=Standardize(1),
            )
            for j in range(y.shape[1])
        )
    )
    fit_gpytorch_mll(SumMarginalLogLikelihood(models.likelihood, models))
    acquisition = qLogNoisyExpectedHypervolumeImprovement(
        model=models,
        ref_point=reference,
        X_baseline=x,
        sampler=SobolQMCNormalSampler(torch.Size([128]), seed=repeat),
        prune_baseline=True,
    )
    optimize_acqf(acquisition, bounds=bounds, q=1, num_restarts=4, raw_samples=256)
    cpu.append(time.process_time() - busy)
    wall.append(time.perf_counter() - start)
    print(f"botorch: proposal {repeat + 1} of {given['repeats']}: {wall[-1]:.1f} s", file=sys.stderr)
versions = f"botorch {botorch.__version__}, torch {torch.__version__}"
print(json.dumps({"cpuS": cpu, "wallS": wall, "versions": versions}))
