"""Value and gradient of ResNet-18 with respect to a batch of pictures, in PyTorch's forms: a line of JSON, milliseconds.

    python torch_step.py BATCH
"""
import json
import os
import statistics
import sys
import time

import torch
import torchvision

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
torch.manual_seed(0)
batch = int(sys.argv[1])


def median(model, x):
    def step():
        x.grad = None
        model(x)[:, 0].sum().backward()

    times = []
    for _ in range(3):
        time.sleep(0.03)
        step()
        step()
        for _ in range(5):
            start = time.perf_counter()
            step()
            times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def fresh():
    model = torchvision.models.resnet18(weights=None).eval()
    # Gradients of weights are not wanted, here as in ours.
    return model.requires_grad_(False), torch.randn(batch, 3, 224, 224)


model, x = fresh()
times = {"version": torch.__version__, "eager": median(model, x.requires_grad_())}
model, x = fresh()
times["channelsLast"] = median(model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last).requires_grad_())
model, x = fresh()
try:
    times["compiled"] = median(torch.compile(model), x.requires_grad_())
except Exception as error:  # no C++ compiler, say
    print(error, file=sys.stderr)
    times["compiled"] = None
print(json.dumps(times))
