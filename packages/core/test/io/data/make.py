"""Writes cpython-pickles.json and numpy-files.json: what CPython and numpy themselves write, for the readers.

Run with Python 3.11 and numpy 2: python make.py
"""

import argparse
import base64
import collections
import io
import json
import os
import pathlib
import pickle
import sys
import types

import numpy

here = os.path.dirname(os.path.abspath(__file__))


def module(name, **members):
    made = types.ModuleType(name)
    for key, value in members.items():
        setattr(made, key, value)
        value.__module__ = name
    sys.modules[name] = made
    return made


# Stand-ins for PyTorch's classes, under PyTorch's names: pickle writes the names only.
def _rebuild_tensor_v2(*_):
    raise NotImplementedError


def _rebuild_parameter(*_):
    raise NotImplementedError


def _rebuild_from_type_v2(*_):
    raise NotImplementedError


class FloatStorage:
    def __init__(self, key, length):
        self.key, self.length = key, length


class Size(tuple):
    def __reduce__(self):
        return Size, (tuple(self),)


class device:
    def __reduce__(self):
        return device, ("cuda", 1)


class Tensor:
    def __init__(self, storage, offset, size, stride):
        self.args = (storage, offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return torch_utils._rebuild_tensor_v2, self.args


class Parameter:
    def __init__(self, data):
        self.data = data

    def __reduce__(self):
        return torch_utils._rebuild_parameter, (self.data, True, collections.OrderedDict())


class Annotated(Tensor):
    def __reduce__(self):
        return torch_tensor._rebuild_from_type_v2, (
            torch_utils._rebuild_tensor_v2,
            Parameter,
            self.args,
            {"note": "an attribute"},
        )


torch_utils = module("torch._utils", _rebuild_tensor_v2=_rebuild_tensor_v2, _rebuild_parameter=_rebuild_parameter)
torch_tensor = module("torch._tensor", _rebuild_from_type_v2=_rebuild_from_type_v2)
module("torch", FloatStorage=FloatStorage, Size=Size, device=device)
module("torch.nn.parameter", Parameter=Parameter)


class Pickler(pickle._Pickler):
    def persistent_id(self, thing):
        if isinstance(thing, FloatStorage):
            return ("storage", FloatStorage, thing.key, "cpu", thing.length)
        return None


def dump(value, protocol):
    target = io.BytesIO()
    Pickler(target, protocol).dump(value)
    return base64.b64encode(target.getvalue()).decode()


def plain():
    shared = ["shared"]
    factory = collections.defaultdict(list)
    factory["a"].append(1)
    return {
        "none": None,
        "booleans": [True, False],
        "integers": [0, 255, 256, 65536, -1, 2**31, -(2**31), 2**53 - 1],
        "long": [2**53, -(2**53), 2**70, -(2**70), 2**2000],
        "floats": [0.0, 1.5, -2.5e-300, float("inf"), float("-inf")],
        "nan": float("nan"),
        "text": "h\u00e9llo \u4e2d\U0001f600\n\\u0041 'quoted' \"twice\" \r\t",
        "bytes": b"\x00\x80\xff'\n",
        "empty bytes": b"",
        "bytearray": bytearray(b"\x01\x02"),
        "nested": [1, [2, [3, []]]],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "set": {1, "two"},
        "frozenset": frozenset([3]),
        "shared": [shared, shared],
        "keys": {1: "number", "1": "text"},
        "ordered": collections.OrderedDict([("z", 1), ("a", 2)]),
        "factory": factory,
        "namespace": argparse.Namespace(lr=0.1, name="run", betas=(0.9, 0.95)),
        "simple": types.SimpleNamespace(a=1),
        "path": pathlib.PosixPath("/data/train"),
        "relative": pathlib.PurePosixPath("data/train"),
        "long list": list(range(1100)),
        "long dictionary": {f"key {index}": index for index in range(1100)},
    }


def checkpoint():
    storage = FloatStorage("0", 6)
    model = collections.OrderedDict()
    model["weight"] = Parameter(Tensor(storage, 0, Size((2, 3)), (3, 1)))
    model["transposed"] = Tensor(storage, 0, (3, 2), (1, 3))
    model["last"] = Annotated(storage, 5, (), ())
    model._metadata = {"": {"version": 1}}
    return {"model": model, "shape": Size((2, 3)), "device": device(), "epoch": 7}


def arrays():
    table = numpy.arange(6, dtype="<f4").reshape(2, 3)
    return {
        "row major": table,
        "column major": numpy.asfortranarray(table),
        "big endian": table.astype(">f4"),
        "int64": numpy.array([2**40, -1]),
        "int8": numpy.array([-128, 127], dtype="i1"),
        "scalar array": numpy.array(2.5),
        "empty": numpy.zeros((0, 4), dtype="f8"),
        "bool": numpy.array([True, False]),
        "scalars": [numpy.float32(0.1), numpy.float64(0.1), numpy.float16(0.5), numpy.int64(2**60), numpy.int32(-3), numpy.bool_(True)],
    }


def numpy_files():
    files = {}
    for name in ["<f2", "<f4", "<f8", ">f4", ">f8", "<i8", ">i8", "<i4", ">i2", "<i2", "i1", "u1", "<u2", ">u2", "<u4", "?"]:
        files[f"{name} C"] = numpy.arange(12).reshape(3, 4).astype(name)
        files[f"{name} F"] = numpy.asfortranarray(numpy.arange(12).reshape(3, 4).astype(name))
    files["0-d"] = numpy.array(3.5)
    files["1-d"] = numpy.arange(5, dtype="<i4")
    files["3-d F"] = numpy.asfortranarray(numpy.arange(24, dtype="<f4").reshape(2, 3, 4))
    files["empty"] = numpy.zeros((0, 3), dtype="<f4")
    files["structured"] = numpy.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")])
    files["complex"] = numpy.zeros(2, dtype="<c8")
    files["text"] = numpy.array(["ab"])
    encoded = {}
    for name, array in files.items():
        target = io.BytesIO()
        numpy.save(target, array)
        encoded[f"{name}.npy"] = target.getvalue()
    for version in [(2, 0), (3, 0)]:
        target = io.BytesIO()
        numpy.lib.format.write_array(target, numpy.arange(5, dtype="<i4"), version)
        encoded[f"version {version[0]}.npy"] = target.getvalue()
    members = {"first": numpy.arange(6, dtype="<f4").reshape(2, 3), "second": numpy.zeros(500, dtype="<i8")}
    for name, save in [("stored.npz", numpy.savez), ("compressed.npz", numpy.savez_compressed)]:
        target = io.BytesIO()
        save(target, **members)
        encoded[name] = target.getvalue()
    return {name: base64.b64encode(data).decode() for name, data in encoded.items()}


def write(name, value):
    with open(os.path.join(here, name), "w") as target:
        json.dump(value, target, indent=1)
        target.write("\n")


write(
    "cpython-pickles.json",
    {
        "plain": [dump(plain(), protocol) for protocol in range(6)],
        "checkpoint": [dump(checkpoint(), protocol) for protocol in range(1, 6)],
        "arrays": [dump(arrays(), protocol) for protocol in range(2, 6)],
    },
)
write("numpy-files.json", numpy_files())
