"""BATCH_MATMUL of two int8 tensors."""

from nanosmith.tools.compiler.lower.scope import MAX_DIMENSION, Scope
from nanosmith.tools.compiler.lower.strides import broadcast_strides, merge
from nanosmith.tools.compiler.quantization import ratio
from nanosmith.tools.compiler.step import Step, Struct


def lower_batch_matmul(scope: Scope) -> list[Step]:
    """Matrix products, batches broadcast; either matrix may be given transposed (AdjX, AdjY)."""
    a, b, output = scope.activation(0), scope.activation(1), scope.int8(scope.output)
    if min(len(a.shape), len(b.shape), len(output.shape)) < 2:
        raise scope.refuse("matrices need two dimensions")
    flipped = scope.option("AdjX") != 0, scope.option("AdjY") != 0
    rows, inner = a.shape[-2:] if not flipped[0] else a.shape[:-3:-1]
    inner_b, columns = b.shape[-2:] if not flipped[1] else b.shape[:-3:-1]
    if inner != inner_b or output.shape[-2:] != (rows, columns):
        raise scope.refuse(f"{list(a.shape)} times {list(b.shape)} is not {list(output.shape)}")
    if max(rows, inner, columns) > MAX_DIMENSION or inner * 255 * 255 >= 2**31:
        raise scope.refuse(f"matrices of {rows:,} x {inner:,} and {inner:,} x {columns:,}")
    batch = output.shape[:-2]
    walks = [broadcast_strides(t.shape[:-2], batch) for t in (a, b)]
    merged = None
    if walks[0] is not None and walks[1] is not None:
        per = rows * inner, inner * columns
        strides = tuple(
            tuple(s * size for s in walk) for walk, size in zip(walks, per, strict=True) if walk is not None
        )
        merged = merge(batch, strides)
    if merged is None:
        raise scope.refuse(f"batches of {list(a.shape)} and {list(b.shape)} don't broadcast to {list(batch)}")
    scale = ratio(output, a.scale * b.scale / output.scale)
    return [Step(
        operator=scope.operator.kind, kernel="ns_matmul_s8_run", sources=("ns_matmul_s8",),
        params=Struct("ns_matmul_s8", {
            "count": merged[0], "stride_a": merged[1][0], "stride_b": merged[1][1], "multiplier": scale.multiplier,
            "rows": rows, "inner": inner, "columns": columns,
            "a_row": 1 if flipped[0] else inner, "a_column": rows if flipped[0] else 1,
            "b_row": 1 if flipped[1] else columns, "b_column": inner if flipped[1] else 1,
            "shift": scale.shift, "a_zero_point": a.zero_point, "b_zero_point": b.zero_point,
            "output_zero_point": output.zero_point,
        }),
        inputs=(a.index, b.index), output=output.index, macs=output.elements * inner,
    )]  # fmt: skip
