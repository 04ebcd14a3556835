"""One training step of a generator in PyTorch eager, the same networks, losses and Adam as libs/training's.

    python torch_training.py FOLDER ADVERSARIAL

FOLDER has tensors.json (names and shapes) and tensors.bin (float32). Prints a line of JSON with the terms of the first
step; then, for each number of steps that comes in on a line, a line with the milliseconds of each.
"""
import json
import os
import sys
import time

import torch
import torch.nn.functional as F

torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
folder, adversarial = sys.argv[1], float(sys.argv[2])
with open(f"{folder}/tensors.json") as file:
    listed = json.load(file)
data = torch.frombuffer(bytearray(open(f"{folder}/tensors.bin", "rb").read()), dtype=torch.float32)
T, at = {}, 0
for entry in listed:
    size = 1
    for dim in entry["shape"]:
        size *= dim
    T[entry["name"]] = data[at:at + size].reshape(entry["shape"]).clone()
    at += size
G = {name: value.requires_grad_() for name, value in T.items() if name.startswith("generator.")}
D = {name: value.requires_grad_() for name, value in T.items() if name.startswith("discriminator.")}
pictures = T["pictures"]


def encoder(x):
    def conv(x, n, **how):
        return F.relu(F.conv2d(x, T[f"conv{n}.weight"], T[f"conv{n}.bias"], **how))

    relu2 = conv(conv(2 * x - 1, 1, stride=2, padding=3), 2, padding=1)
    relu4 = conv(conv(F.max_pool2d(relu2, 2), 3, padding=1), 4, padding=1)
    return F.max_pool2d(relu4, 2), relu2


def generator(code):
    def p(name):
        return G[f"generator.{name}.weight"], G[f"generator.{name}.bias"]

    x = F.leaky_relu(F.conv2d(code, *p("first"), padding=1), 0.3)
    for side in (16, 32):
        x = F.leaky_relu(F.conv_transpose2d(x, *p(f"up{side}"), stride=2, padding=1), 0.3)
        x = F.leaky_relu(F.conv2d(x, *p(f"conv{side}"), padding=1), 0.3)
    return torch.sigmoid(F.conv_transpose2d(x, *p("image"), stride=2, padding=1))


def discriminator(x):
    def p(name):
        return D[f"discriminator.{name}.weight"], D[f"discriminator.{name}.bias"]

    for side in (32, 16, 8):
        x = F.leaky_relu(F.conv2d(x, *p(f"down{side}"), stride=2, padding=1), 0.2)
    return F.conv2d(x, *p("verdict"), padding=1)


of_generator = torch.optim.Adam(G.values(), lr=1e-3)
of_discriminator = torch.optim.Adam(D.values(), lr=1e-3) if D else None


def step():
    with torch.no_grad():
        code, relu2 = encoder(pictures)
    image = generator(code)
    again, again2 = encoder(image)
    terms = {"image": F.mse_loss(image, pictures), "feature": (F.mse_loss(again, code) + F.mse_loss(again2, relu2)) / 2}
    loss = terms["image"] + terms["feature"]
    if D:
        for value in D.values():
            value.requires_grad_(False)
        terms["adversarial"] = F.softplus(-discriminator(image)).mean()
        loss = loss + adversarial * terms["adversarial"]
    of_generator.zero_grad(set_to_none=True)
    loss.backward()
    of_generator.step()
    if D:
        for value in D.values():
            value.requires_grad_(True)
        terms["discriminator"] = F.softplus(-discriminator(pictures)).mean() + F.softplus(discriminator(image.detach())).mean()
        of_discriminator.zero_grad(set_to_none=True)
        terms["discriminator"].backward()
        of_discriminator.step()
    return terms


print(json.dumps({"version": torch.__version__, "terms": {name: value.item() for name, value in step().items()}}), flush=True)
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append(1000 * (time.perf_counter() - start))
    print(json.dumps(times), flush=True)
