"""Runs a gradient graph of `npm run bench -- exact` in float64 and compares it with autograd.

    python exact.py CASE WORK

CASE is a folder of export.py. WORK/exact.onnx is the project's gradient graph in float64, WORK/forward the values of its
forward pass that its backward pass reads, as the float32 graph computed them for each picture, and WORK/float32.f32 the
gradients that came of them. Prints a line of JSON, every entry picture by picture:

    exact   |graph in float64 - autograd in float64 through the operators of the file| / |autograd|
    file    the same against autograd in float64 through PyTorch's own network: exporters round to float32 what they fold
    read    |float32 gradient - backward in float64 on the float32 forward values| / the latter
    moved   |backward in float64 on the float32 forward values - autograd| / |autograd|
    kept    the same with every comparison of the backward pass (masks of rectifiers, winners of pools) decided as in float64,
            against the graph in float64: what is left of `moved` without them
    flipped how many of these comparisons come out otherwise on the float32 forward values, of how many
    torch   |the same graph in float32 with PyTorch's operators - in float64| / the latter
    torchFlipped  how many comparisons come out otherwise there
"""
import json
import os
import sys

import numpy as np
import onnx
import torch

from operators import run

torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
comparisons = {"Greater", "Less", "GreaterOrEqual", "LessOrEqual", "Equal"}


def evaluate(model, constants, feeds, keep, result, decided={}, real=torch.float64):
    """A value from `feeds`, walking only what it needs of the graph; `keep` takes the comparisons of the backward pass, but for those that are `decided`."""
    needed, nodes = {result}, []
    for node in reversed(model.graph.node):
        if any(name in needed and name not in feeds for name in node.output):
            nodes.append(node)
            needed.update(node.input)
    nodes.reverse()
    last = {name: index for index, node in enumerate(nodes) for name in node.input}
    values = {**constants, **feeds}
    for index, node in enumerate(nodes):
        made = [decided[node.name]] if node.name in decided else run(node, [values[name] if name else None for name in node.input], model.opset_import[0].version, real)
        for name, value in zip(node.output, made):
            if name:
                values[name] = value
        if node.op_type in comparisons and node.name.startswith("grad/"):
            keep[node.name] = made[0]
        for name in node.input:
            if last.get(name) == index and name not in constants and name != result:
                values.pop(name, None)
    return values[result]


def relative(a, b):
    return float((a - b).norm() / b.norm())


def flips(one, other):
    return sum(int((one[name] != mask).sum()) for name, mask in other.items())


def arrays(path, kind, count, shape, index=0):
    return torch.from_numpy(np.fromfile(path, kind, count, offset=index * count * np.dtype(kind).itemsize)).reshape(shape)


def forward_values(path, entries, index):
    """What the float32 graph computed for one picture, as float64."""
    kinds = {"f32": "<f4", "i64": "<i8", "bool": "u1"}
    sizes = [int(np.prod(shape)) * np.dtype(kinds[dtype]).itemsize for _, dtype, shape in entries]
    values, at = {}, index * sum(sizes)
    for (name, dtype, shape), size in zip(entries, sizes):
        value = torch.from_numpy(np.fromfile(path, kinds[dtype], size // np.dtype(kinds[dtype]).itemsize, offset=at)).reshape(shape)
        values[name] = value.double() if dtype == "f32" else value.bool() if dtype == "bool" else value
        at += size
    return values


def main():
    folder, work = sys.argv[1:]
    with open(os.path.join(work, "exact.json")) as file:
        case = json.load(file)
    model = onnx.load(os.path.join(work, "exact.onnx"))
    constants = {}
    for tensor in model.graph.initializer:
        value = torch.from_numpy(onnx.numpy_helper.to_array(tensor).copy())
        constants[tensor.name] = value.double() if value.dtype == torch.float32 else value
    del model.graph.initializer[:]
    shape, count = case["shape"], int(np.prod(case["shape"]))
    gradient = model.graph.output[0].name
    direction = torch.from_numpy(np.fromfile(os.path.join(folder, "direction.f32"), "<f4")).double()
    found = {key: [] for key in ("exact", "file", "read", "moved", "kept", "own", "torch", "flipped", "torchFlipped", "comparisons")}
    for index in range(case["pictures"]):
        picture = arrays(os.path.join(folder, "picture.f32"), "<f4", count, shape, index).double()
        theirs = arrays(os.path.join(folder, "gradient.f64"), "<f8", count, shape, index)
        ours = arrays(os.path.join(work, "float32.f32"), "<f4", count, shape, index).double()
        exact_masks, rounded_masks, torch_masks = {}, {}, {}
        rounded = {"picture": picture, **forward_values(os.path.join(work, "forward"), case["forward"], index)}
        with torch.no_grad():
            exact = evaluate(model, constants, {"picture": picture}, exact_masks, gradient)
            moved = evaluate(model, constants, rounded, rounded_masks, gradient)
            kept = evaluate(model, constants, rounded, {}, gradient, exact_masks)
            single = {name: value.float() if value.is_floating_point() else value for name, value in constants.items()}
            in_torch = evaluate(model, single, {"picture": picture.float()}, torch_masks, gradient, real=torch.float32).double()
        del single, rounded
        through = picture.clone().requires_grad_()
        (evaluate(model, constants, {"picture": through}, {}, case["output"]).reshape(-1) * direction).sum().backward()
        found["exact"].append(relative(exact, through.grad))
        found["file"].append(relative(exact, theirs))
        found["read"].append(relative(ours, moved))
        found["moved"].append(relative(moved, theirs))
        found["own"].append(relative(ours, theirs))
        found["kept"].append(relative(kept, exact))
        found["torch"].append(relative(in_torch, exact))
        found["flipped"].append(flips(exact_masks, rounded_masks))
        found["torchFlipped"].append(flips(exact_masks, torch_masks))
        found["comparisons"].append(sum(mask.numel() for mask in rounded_masks.values()))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
