"""What the compiler does not take is refused by name; what is damaged is refused within bounds."""

import contextlib
import itertools
import resource
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from models import dense_model, unary_model
from tflite_builder import Builder

from nanosmith.tools.compiler import compile_model, read_model
from nanosmith.tools.compiler.graph import keras_layer
from nanosmith.tools.compiler.read import MAX_BLOB_BYTES
from nanosmith.tools.errors import ModelRejected, UnsupportedOperator

DENSE = dense_model()


def test_an_operator_without_a_kernel_is_named_with_its_layer() -> None:
    with pytest.raises(UnsupportedOperator) as caught:
        compile_model(unary_model("ELU"))
    assert (caught.value.operator, caught.value.tensor, caught.value.layer) == ("ELU", "model/act_1/Elu", "act_1")
    assert str(caught.value) == "the compiler has no kernel for ELU of layer 'act_1', tensor 'model/act_1/Elu'"


def test_a_float_tensor_inside_is_refused_by_name() -> None:
    with pytest.raises(UnsupportedOperator, match=r"'model/act_1/Elu' is FLOAT32; only int8 is compiled"):
        compile_model(unary_model("TANH", dtype="float32"))


def test_a_float_model_is_refused() -> None:
    builder = Builder()
    source, output = (builder.tensor((1, 2), dtype="float32", name=n) for n in "xy")
    builder.operator("RELU", [source], [output])
    with pytest.raises(ModelRejected, match="'x' at the model's edge is FLOAT32"):
        compile_model(builder.blob([source], [output]))


def test_an_unused_operator_is_no_reason_to_refuse() -> None:
    builder = Builder()
    source, unused, output = (builder.tensor((1, 2), scale=0.1, name=n) for n in "xuy")
    builder.operator("ELU", [source], [unused])
    builder.operator("RELU", [source], [output])
    assert compile_model(builder.blob([source], [output])).operators == ("RELU",)


def test_weights_that_could_overflow_an_accumulator_are_refused() -> None:
    builder = Builder()
    source = builder.tensor((1, 4), scale=0.1, name="x")
    weights = builder.tensor((1, 4), scale=0.1, values=np.full((1, 4), 127))
    bias = builder.tensor((1,), scale=0.01, values=[2**31 - 1000], dtype="int32")
    output = builder.tensor((1, 1), scale=0.1, name="y")
    builder.operator("FULLY_CONNECTED", [source, weights, bias], [output], "FullyConnectedOptions")
    with pytest.raises(UnsupportedOperator, match="an accumulator could pass 32 bits"):
        compile_model(builder.blob([source], [output]))


@pytest.mark.parametrize("blob", [b"", b"TFL3", b"\0" * 64, b"\x1c\0\0\0TFL3" + b"\xff" * 64])
def test_what_is_no_model_is_refused(blob: bytes) -> None:
    with pytest.raises(ModelRejected):
        read_model(blob)


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(ModelRejected, match="at most 16,777,216 are read"):
        read_model(DENSE + b"\0" * MAX_BLOB_BYTES)


@given(at=st.integers(0, len(DENSE) - 1), value=st.integers(0, 255), cut=st.integers(0, len(DENSE)))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_damaged_bytes_are_refused_or_still_a_model(at: int, value: int, cut: int) -> None:
    damaged = bytearray(DENSE)
    damaged[at] = value
    for blob in (bytes(damaged), DENSE[:cut]):
        try:
            compile_model(blob)
        except ModelRejected:
            continue


@given(at=st.integers(0, len(DENSE) // 4 - 1), value=st.sampled_from([-1, 2**31 - 1, -(2**31), 2**20, 4]))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_absurd_offsets_and_lengths_are_refused_within_bounds(at: int, value: int) -> None:
    damaged = bytearray(DENSE)
    struct.pack_into("<i", damaged, 4 * at, value)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(ModelRejected):
        compile_model(bytes(damaged))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 300_000  # kB


def test_a_reader_that_comes_before_its_writer_is_refused() -> None:
    builder = Builder()
    source, inner, output = (builder.tensor((1, 2), scale=0.1, name=n) for n in ("x", "inner", "y"))
    builder.operator("RELU", [inner], [output])
    builder.operator("RELU", [source], [inner])
    with pytest.raises(ModelRejected, match="reads 'inner' before it is computed"):
        compile_model(builder.blob([source], [output]))


def test_terminal_sequences_in_names_do_not_come_through() -> None:
    compiled = compile_model(dense_model(name="model/\x1b[31m*/ int main(void) {} /*\\\n/BiasAdd"))
    assert "\x1b" not in compiled.files["model.c"]
    assert "*/ int main" not in compiled.files["model.c"]


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("model/conv1d_1/BiasAdd;model/conv1d_1/Conv1D", "conv1d_1"),
        ("functional_1/activation/Relu;functional_1/conv2d/BiasAdd/ReadVariableOp/resource;functional_1/conv2d/BiasAdd",
         "conv2d"),
        ("sequential/block/conv/convolution", "conv"),
        ("functional_1/re_lu_1/Relu;functional_1/conv1d_1/convolution/Squeeze", "conv1d_1"),
        ("model/re_lu_2/Relu", "re_lu_2"),
        ("StatefulPartitionedCall:0", None),
        ("serving_default_input_1:0", None),
    ],
)  # fmt: skip
def test_keras_layers_are_found_in_tensor_names(name: str, layer: str | None) -> None:
    assert keras_layer(name) == layer


def moved(kind: str, options: str | None, shape: tuple[int, ...], *constants, **fields) -> bytes:
    """A model of one operator on a [2, 6] tensor."""
    builder = Builder()
    source = builder.tensor((2, 6), scale=0.1, name="x")
    output = builder.tensor(shape, scale=0.1, name="y")
    operands = [source, *(builder.constant(np.array(c)) for c in constants)]
    builder.operator(kind, operands[::-1] if kind == "SPLIT" else operands, [output], options, **fields)
    return builder.blob([source], [output])


@pytest.mark.parametrize(
    ("blob", "reason"),
    [
        (moved("SPLIT", "SplitOptions", (2, 6), -3, numSplits=1), "axis -3 of a tensor of 2 dimensions"),
        (moved("SPLIT_V", "SplitVOptions", (2, 5), [6], 1, numSplits=1), r"parts of \[5\] make 6"),
        (moved("SLICE", "SliceOptions", (2, 6), [0, -1], [2, 6]), "6 elements from -1 on"),
        (moved("SLICE", "SliceOptions", (2, 6), [0, 1], [2, 6]), "6 elements from 1 on, of 6"),
        (moved("GATHER", "GatherOptions", (2, 1), [6], axis=1), "indices outside the 6 elements"),
        (moved("GATHER", "GatherOptions", (2, 1), [-1], axis=1), "indices outside the 6 elements"),
        (moved("PACK", "PackOptions", (1, 2, 5), axis=0), r"has shape \[2, 6\] instead of \[2, 5\]"),
        (moved("UNPACK", "UnpackOptions", (6,), axis=7), "axis 7 of a tensor"),
        (moved("TILE", None, (4, 6), [-2, 1]), "repeated"),
        (moved("MIRROR_PAD", "MirrorPadOptions", (20, 6), [[9, 9], [0, 0]], mode=0), "wider than the tensor"),
        (moved("MIRROR_PAD", "MirrorPadOptions", (2, 6), [[0, 0]], mode=0), "paddings"),
        (moved("PAD", "PadOptions", (1, 6), [[-1, 0], [0, 0]]), "paddings"),
        (moved("BROADCAST_TO", None, (4, 6), [4, 6]), "does not broadcast"),
        (moved("REVERSE_V2", None, (2, 6), [5]), "axis 5 of a tensor"),
        (moved("MEAN", "ReducerOptions", (6,), [4]), "axis 4 of a tensor"),
        (moved("DEPTH_TO_SPACE", "DepthToSpaceOptions", (2, 6), blockSize=0), "where .* is compiled"),
        (moved("RESIZE_BILINEAR", "ResizeBilinearOptions", (2, 6), [0, 0]), "where .* is compiled"),
        (moved("BATCH_MATMUL", "BatchMatMulOptions", (2, 6), [[1]]), "only int8 is compiled"),
        (moved("SVDF", "SVDFOptions", (2, 6), rank=0), "input 4 is left out"),
    ],
)  # fmt: skip
def test_operands_that_contradict_each_other_are_refused(blob: bytes, reason: str) -> None:
    with pytest.raises(UnsupportedOperator, match=reason):
        compile_model(blob)


def test_more_elements_than_any_board_holds_are_refused_before_they_are_counted() -> None:
    with pytest.raises(UnsupportedOperator, match="at most 1,048,576 are compiled"):
        compile_model(moved("BROADCAST_TO", None, (1024, 1024, 2, 6), [1024, 1024, 2, 6]))


def test_a_long_chain_of_operators_is_compiled_in_bounded_work() -> None:
    builder = Builder()
    tensors = [builder.tensor((1, 8), scale=0.1, name=f"t{i}") for i in range(1_501)]
    for before, after in itertools.pairwise(tensors):
        builder.operator("RELU", [before], [after])
    compiled = compile_model(builder.blob([tensors[0]], [tensors[-1]]))
    assert len(compiled.operators) == 1_500 // 32 + 1, "tables of at most 32 operators"
