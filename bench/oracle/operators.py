"""ONNX operators on torch tensors, in whatever type they come: what the networks of the comparison and their gradients are made of.

What is not here runs in the reference implementation of the onnx package.
"""
import functools

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx.reference.ops import load_op


def attributes(node):
    return {attr.name: onnx.helper.get_attribute_value(attr) for attr in node.attribute}


def numbers(tensor):
    return [int(value) for value in tensor.reshape(-1).tolist()]


def padded(x, pads, value=0.0):
    """ONNX pads (all begins, then all ends) of the spatial axes; negative ones crop."""
    rank = len(pads) // 2
    flat = [pad for axis in reversed(range(rank)) for pad in (pads[axis], pads[axis + rank])]
    return F.pad(x, flat, value=value) if any(flat) else x


def same_pads(attrs, spatial, kernel, strides, dilations):
    """The pads that an attribute gives, `auto_pad` worked out."""
    mode = attrs.get("auto_pad", b"NOTSET").decode()
    if mode in ("NOTSET", "VALID"):
        return attrs.get("pads", [0] * 2 * len(kernel))
    begin, end = [], []
    for size, k, stride, dilation in zip(spatial, kernel, strides, dilations):
        whole = max(0, (-(-size // stride) - 1) * stride + dilation * (k - 1) + 1 - size)
        first = whole // 2 if mode == "SAME_UPPER" else whole - whole // 2
        begin.append(first)
        end.append(whole - first)
    return begin + end


def conv(attrs, x, w, b=None):
    rank = w.dim() - 2
    strides, dilations = attrs.get("strides", [1] * rank), attrs.get("dilations", [1] * rank)
    x = padded(x, same_pads(attrs, x.shape[2:], w.shape[2:], strides, dilations))
    return [F.conv1d, F.conv2d, F.conv3d][rank - 1](x, w, b, strides, 0, dilations, attrs.get("group", 1))


def conv_transpose(attrs, x, w, b=None):
    rank = w.dim() - 2
    strides, dilations, pads = attrs.get("strides", [1] * rank), attrs.get("dilations", [1] * rank), attrs.get("pads", [0] * 2 * rank)
    whole = [F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d][rank - 1](x, w, b, strides, 0, 0, attrs.get("group", 1), dilations)
    extra = attrs.get("output_padding", [0] * rank)
    return padded(whole, [-pad for pad in pads[:rank]] + [more - pad for more, pad in zip(extra, pads[rank:])])


def pool(attrs, x, maximum):
    kernel = attrs["kernel_shape"]
    rank = len(kernel)
    strides, dilations = attrs.get("strides", [1] * rank), attrs.get("dilations", [1] * rank)
    pads = list(same_pads(attrs, x.shape[2:], kernel, strides, dilations))
    spans = [dilation * (k - 1) + 1 for k, dilation in zip(kernel, dilations)]
    over = list(pads)
    if attrs.get("ceil_mode", 0):
        for axis in range(rank):
            size = x.shape[axis + 2] + pads[axis] + pads[axis + rank]
            out = -(-(size - spans[axis]) // strides[axis]) + 1
            if (out - 1) * strides[axis] >= x.shape[axis + 2] + pads[axis]:
                out -= 1  # a window that begins in the end pads does not count
            over[axis + rank] += max(0, (out - 1) * strides[axis] + spans[axis] - size)
    windows = padded(x, over, float("-inf") if maximum else 0.0)
    counted = padded(padded(torch.ones_like(x[:1, :1]), pads, float(attrs.get("count_include_pad", 0))), [after - before for after, before in zip(over, pads)])
    for axis in range(rank):
        windows = windows.unfold(axis + 2, spans[axis], strides[axis])
        counted = counted.unfold(axis + 2, spans[axis], strides[axis])
    for axis in range(rank):
        windows = windows.index_select(2 + rank + axis, torch.arange(0, spans[axis], dilations[axis]))
        counted = counted.index_select(2 + rank + axis, torch.arange(0, spans[axis], dilations[axis]))
    axes = list(range(2 + rank, 2 + 2 * rank))
    return windows.amax(axes) if maximum else windows.sum(axes) / counted.sum(axes)


def batch_normalization(attrs, x, scale, bias, mean, variance):
    wide = [1, -1] + [1] * (x.dim() - 2)
    factor = scale / torch.sqrt(variance + attrs.get("epsilon", 1e-5))
    return (x - mean.reshape(wide)) * factor.reshape(wide) + bias.reshape(wide)


def layer_normalization(attrs, x, scale, bias=None):
    axes = list(range(attrs.get("axis", -1) % x.dim(), x.dim()))
    centred = x - x.mean(axes, keepdim=True)
    inverse = torch.rsqrt((centred * centred).mean(axes, keepdim=True) + attrs.get("epsilon", 1e-5))
    result = centred * inverse * scale
    return result if bias is None else result + bias


def gemm(attrs, a, b, c=None):
    a, b = (a.t() if attrs.get("transA", 0) else a), (b.t() if attrs.get("transB", 0) else b)
    result = attrs.get("alpha", 1.0) * (a @ b)
    return result if c is None else result + attrs.get("beta", 1.0) * c


def reduction(function):
    def reduce(attrs, x, axes=None):
        listed = numbers(axes) if axes is not None else []
        if not listed:
            if attrs.get("noop_with_empty_axes", 0):
                return x
            listed = list(range(x.dim()))
        return function(x, listed, bool(attrs.get("keepdims", 1)))
    return reduce


def slice_of(attrs, x, starts, ends, axes=None, steps=None):
    starts, ends = numbers(starts), numbers(ends)
    axes = list(range(len(starts))) if axes is None else numbers(axes)
    steps = [1] * len(starts) if steps is None else numbers(steps)
    for start, end, axis, step in zip(starts, ends, axes, steps):
        taken = range(x.shape[axis])[start:None if step < 0 and end < -x.shape[axis] else end:step]
        x = x.index_select(axis, torch.tensor(list(taken), dtype=torch.int64)) if step < 0 else x[(slice(None),) * (axis % x.dim()) + (slice(taken.start, taken.stop, step),)]
    return x


def reshaped(attrs, x, shape):
    wanted = numbers(shape)
    if not attrs.get("allowzero", 0):
        wanted = [x.shape[axis] if size == 0 else size for axis, size in enumerate(wanted)]
    return x.reshape(wanted)


def split(attrs, x, sizes=None, outputs=1):
    axis = attrs.get("axis", 0)
    each = -(-x.shape[axis] // outputs)
    return list(torch.split(x, each if sizes is None else numbers(sizes), axis))


def gather(attrs, x, indices):
    axis = attrs.get("axis", 0) % x.dim()
    flat = indices.reshape(-1) % x.shape[axis]
    return x.index_select(axis, flat).reshape(list(x.shape[:axis]) + list(indices.shape) + list(x.shape[axis + 1:]))


def unsqueezed(attrs, x, axes):
    rank = x.dim() + axes.numel()
    for axis in sorted(axis % rank for axis in numbers(axes)):
        x = x.unsqueeze(axis)
    return x


def squeezed(attrs, x, axes=None):
    drop = [axis for axis, size in enumerate(x.shape) if size == 1] if axes is None else [axis % x.dim() for axis in numbers(axes)]
    return x.reshape([size for axis, size in enumerate(x.shape) if axis not in drop])


def clip(attrs, x, low=None, high=None):
    x = x if low is None else torch.maximum(x, low)
    return x if high is None else torch.minimum(x, high)


def padding(attrs, x, pads, value=None, axes=None):
    if attrs.get("mode", b"constant") != b"constant" or axes is not None:
        return None
    return padded(x, numbers(pads), 0.0 if value is None else float(value))


def resized(attrs, x, roi=None, scales=None, sizes=None):
    if x.dim() != 4 or attrs.get("antialias", 0):
        return None
    size = numbers(sizes)[2:] if sizes is not None else [int(side * scale) for side, scale in zip(x.shape[2:], scales.reshape(-1).tolist()[2:])]
    mode, where = attrs.get("mode", b"nearest").decode(), attrs.get("coordinate_transformation_mode", b"half_pixel").decode()
    if mode == "linear" and where in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return F.interpolate(x, size, mode="bilinear", align_corners=where == "align_corners")
    if mode == "nearest" and where == "asymmetric" and attrs.get("nearest_mode", b"round_prefer_floor") == b"floor":
        return F.interpolate(x, size, mode="nearest")
    return None


def einsum(attrs, *inputs):
    return torch.einsum(attrs["equation"].decode().replace(" ", ""), *inputs)


def power(attrs, x, exponent):
    return torch.pow(x, exponent.to(x.dtype))


def cumulated(attrs, x, axis):
    if attrs.get("exclusive", 0) or attrs.get("reverse", 0):
        return None
    return x.cumsum(numbers(axis)[0])


def elementwise(function):
    return lambda attrs, *inputs: function(*inputs)


def folded(function):
    """Of any number of inputs, two by two."""
    return lambda attrs, *inputs: functools.reduce(function, inputs)


operators = {
    "Conv": conv, "ConvTranspose": conv_transpose, "BatchNormalization": batch_normalization, "LayerNormalization": layer_normalization, "Gemm": gemm,
    "MaxPool": lambda attrs, x: pool(attrs, x, True), "AveragePool": lambda attrs, x: pool(attrs, x, False),
    "GlobalAveragePool": lambda attrs, x: x.mean(list(range(2, x.dim())), keepdim=True),
    "MatMul": elementwise(torch.matmul), "Add": elementwise(torch.add), "Sub": elementwise(torch.sub), "Mul": elementwise(torch.mul),
    "Div": lambda attrs, a, b: torch.div(a, b, rounding_mode=None if a.is_floating_point() else "trunc"),
    "Relu": elementwise(torch.relu), "Sigmoid": elementwise(torch.sigmoid), "Tanh": elementwise(torch.tanh), "Erf": elementwise(torch.erf), "Exp": elementwise(torch.exp),
    "Sqrt": elementwise(torch.sqrt), "Neg": elementwise(torch.neg), "Abs": elementwise(torch.abs), "Reciprocal": elementwise(torch.reciprocal),
    "Greater": elementwise(torch.gt), "Less": elementwise(torch.lt), "GreaterOrEqual": elementwise(torch.ge), "LessOrEqual": elementwise(torch.le), "Equal": elementwise(torch.eq),
    "Where": elementwise(torch.where), "And": elementwise(torch.logical_and), "Or": elementwise(torch.logical_or), "Not": elementwise(torch.logical_not),
    "Max": folded(torch.maximum), "Min": folded(torch.minimum), "Sum": folded(torch.add), "Pow": power, "Log": elementwise(torch.log), "Sign": elementwise(torch.sign),
    "Einsum": einsum, "CumSum": cumulated, "Softplus": lambda attrs, x: torch.logaddexp(x, torch.zeros_like(x)),
    "HardSwish": lambda attrs, x: x * torch.clamp(x / 6 + 0.5, 0, 1),
    "ReduceL2": reduction(lambda x, axes, keep: (x * x).sum(axes, keepdim=keep).sqrt()),
    "Identity": lambda attrs, x: x, "Clip": clip, "Softmax": lambda attrs, x: torch.softmax(x, attrs.get("axis", -1)),
    "HardSigmoid": lambda attrs, x: torch.clamp(attrs.get("alpha", 0.2) * x + attrs.get("beta", 0.5), 0, 1),
    "ReduceSum": reduction(lambda x, axes, keep: x.sum(axes, keepdim=keep)), "ReduceMean": reduction(lambda x, axes, keep: x.mean(axes, keepdim=keep)),
    "ReduceMax": reduction(lambda x, axes, keep: x.amax(axes, keepdim=keep)),
    "Reshape": reshaped, "Transpose": lambda attrs, x: x.permute(attrs.get("perm", list(reversed(range(x.dim()))))).contiguous(),
    "Concat": lambda attrs, *parts: torch.cat(parts, attrs["axis"]), "Slice": slice_of, "Gather": gather, "Unsqueeze": unsqueezed, "Squeeze": squeezed,
    "Flatten": lambda attrs, x: x.reshape(int(np.prod(x.shape[:attrs.get("axis", 1)])), -1), "Expand": lambda attrs, x, shape: x * torch.ones(numbers(shape), dtype=x.dtype),
    "Pad": padding, "Resize": resized,
}


def run(node, inputs, opset, real=torch.float64):
    """The outputs of a node; `real` is the type that a cast to a real number gives."""
    attrs = attributes(node)
    if node.op_type == "Split":
        return split(attrs, *inputs, outputs=len(node.output))
    if node.op_type == "Cast":
        dtype = {1: real, 6: torch.int32, 7: torch.int64, 9: torch.bool, 11: real}[attrs["to"]]
        return [inputs[0].to(dtype)]
    made = operators[node.op_type](attrs, *inputs) if node.op_type in operators else None
    if made is not None:
        return [made]
    if any(isinstance(value, torch.Tensor) and value.requires_grad for value in inputs):
        raise NotImplementedError(f"{node.op_type} has no form here that autograd goes through")
    reference = load_op(node.domain, node.op_type, opset)(node, {"log": lambda *_: None, "opsets": {"": opset}, "verbose": 0, "new_ops": None, "evaluator_cls": None})
    return [torch.from_numpy(np.ascontiguousarray(value)) for value in reference.run(*(None if value is None else value.numpy() for value in inputs))]
