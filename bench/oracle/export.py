"""Exports networks with random weights, and what PyTorch's autograd in float64 says of their input gradients.

    python export.py FOLDER [--exporter script|dynamo] [--shrunken] [--smooth] [--pictures N] [--size N] [NAME ...]

For each network a folder FOLDER/NAME-EXPORTER with model.onnx, picture.f32, direction.f32 (weights of the output's
elements), gradient.f64 and case.json. One that cannot be exported leaves a failed.txt. Weights, pictures and directions
are drawn from seeds. PyTorch, torchvision and timm are needed here alone; see README.md.
"""
import argparse
import json
import os
import traceback
import warnings

import onnx
import torch

from networks import networks, shrunken

warnings.filterwarnings("ignore")


def settled(model, seed):
    """Every weight drawn; statistics and scales of normalisations away from 0 and 1, so that folding them is seen."""
    generator = torch.Generator().manual_seed(seed)

    def uniform(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    with torch.no_grad():
        for module in model.modules():
            if hasattr(module, "running_var") and module.running_var is not None:
                uniform(module.running_mean, -0.2, 0.2)
                uniform(module.running_var, 0.5, 1.5)
        for name, parameter in model.named_parameters():
            last = name.rsplit(".", 1)[-1]
            if parameter.ndim <= 1 or last in ("gamma", "gain", "alpha", "beta"):
                # Layer scales and gains that start at 0 or 1e-6 would hide whole branches.
                middle = 1.0 if last in ("weight", "gamma", "gain", "alpha", "gamma_1", "gamma_2") else 0.0
                uniform(parameter, middle - 0.2, middle + 0.2)
            elif parameter.abs().max() == 0:
                uniform(parameter, -0.05, 0.05)
    return model


def smooth(model):
    """Every Relu a SiLU, so that no gradient jumps where float32 rounds to the other side of zero."""
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, torch.nn.ReLU):
                setattr(module, name, torch.nn.SiLU())
    return model


def without_origins(path):
    """The dynamo exporter writes the Python stack, with this machine's paths, beside every node."""
    model = onnx.load(path)
    graph = model.graph
    for part in [model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer, *model.functions, *(node for function in model.functions for node in function.node)]:
        del part.metadata_props[:]
    onnx.save(model, path)


def first_tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [tensor for part in value for tensor in first_tensors(part)]


class Tensors(torch.nn.Module):
    """The first output, or all of several summed up by their means, weighted: one tensor to differentiate."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        parts = first_tensors(self.model(x))
        if len(parts) == 1:
            return parts[0]
        return torch.cat([part.flatten(1) for part in parts], 1)


def export(name, build, size, folder, exporter, count, smoothed):
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(0)
    model = settled(Tensors(build()).eval(), 1)
    if smoothed:
        torch.nn.functional.relu = lambda x, inplace=False: torch.nn.functional.silu(x)
        model = smooth(model)
    pictures = torch.randn((count, 3, size, size), generator=torch.Generator().manual_seed(2))
    picture = pictures[:1]
    path = os.path.join(folder, "model.onnx")
    if exporter == "script":
        torch.onnx.export(model, (picture,), path, dynamo=False, opset_version=17, input_names=["picture"], output_names=["result"])
    else:
        torch.onnx.export(model, (picture,), path, dynamo=True, input_names=["picture"], output_names=["result"], external_data=False, verbose=False)
        without_origins(path)
    double = model.double()
    with torch.no_grad():
        direction = torch.randn(double(picture.double()).shape, generator=torch.Generator().manual_seed(3))

    def gradients(network, dtype):
        # One picture after the other: a batch of them may be computed by another algorithm.
        found = []
        for one in pictures.split(1):
            x = one.to(dtype).requires_grad_()
            found.append(torch.autograd.grad((network(x) * direction.to(dtype)).sum(), x)[0])
        return torch.cat(found)

    gradient = gradients(double, torch.float64)
    pictures.numpy().astype("<f4").tofile(os.path.join(folder, "picture.f32"))
    direction.numpy().astype("<f4").tofile(os.path.join(folder, "direction.f32"))
    gradient.numpy().astype("<f8").tofile(os.path.join(folder, "gradient.f64"))
    # What float32 makes of it in PyTorch itself: masks flip there too.
    apart = gradients(model.float(), torch.float32).double() - gradient
    own = apart.flatten(1).norm(dim=1) / gradient.flatten(1).norm(dim=1)
    with open(os.path.join(folder, "case.json"), "w") as file:
        json.dump({"name": name, "exporter": exporter, "shape": list(picture.shape), "pictures": count, "result": list(direction.shape),
                   "torchFloat32": own.tolist(), "torch": torch.__version__}, file)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--exporter", choices=["script", "dynamo"], default="script")
    parser.add_argument("--shrunken", action="store_true", help="small networks of the same classes, for the vectors in the repository")
    parser.add_argument("--smooth", action="store_true", help="SiLU in place of every Relu")
    parser.add_argument("--size", type=int, help="side of the picture, instead of the network's own")
    parser.add_argument("--pictures", type=int, default=1, help="how many random pictures a network gets")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))
    for name, (build, size) in (shrunken if options.shrunken else networks).items():
        if options.names and name not in options.names:
            continue
        folder = os.path.join(options.folder, f"{name}{'-smooth' if options.smooth else ''}-{options.exporter}")
        if os.path.exists(os.path.join(folder, "case.json")):
            continue
        try:
            export(name, build, options.size or size, folder, options.exporter, options.pictures, options.smooth)
            print(name, "ok", flush=True)
        except Exception as error:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "failed.txt"), "w") as file:
                file.write(traceback.format_exc())
            print(name, "failed:", str(error).split("\n")[0][:200], flush=True)


if __name__ == "__main__":
    main()
