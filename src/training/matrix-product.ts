import type { Gemm } from "./wasm-gemm.js";

const up = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

export interface ProductShape {
  /** Of the product: [rows, columns]; `depth` is summed over. */
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** a is given as [depth, rows]. */
  readonly transposeA: boolean;
  /** b is given as [columns, depth]. */
  readonly transposeB: boolean;
}

/** a·b, row-major. */
export function matrixProduct(gemm: Gemm, a: Float32Array, b: Float32Array, s: ProductShape): Float32Array {
  const { rows, columns, depth } = s;
  const [rowsUp, columnsUp] = [up(rows, 4), up(columns, 8)];
  const cAt = 0;
  const bAt = rowsUp * columnsUp;
  const aAt = bAt + depth * columnsUp;
  // Rows that only fill up a block of four read past the end; what they give is thrown away.
  gemm.reserve(4 * (aAt + a.length + 4 * Math.max(depth, rows)));
  const heap = gemm.heap();
  heap.fill(0, cAt, bAt);
  heap.set(a, aAt);
  if (!s.transposeB && columns === columnsUp) heap.set(b, bAt);
  else {
    const [byDepth, byColumn] = s.transposeB ? [1, depth] : [columns, 1];
    for (let k = 0; k < depth; k++) {
      const to = bAt + k * columnsUp;
      for (let c = 0; c < columnsUp; c++) {
        heap[to + c] = c < columns ? (b[k * byDepth + c * byColumn] as number) : 0;
      }
    }
  }
  const [aRow, aColumn] = s.transposeA ? [4, 4 * rows] : [4 * depth, 4];
  const cRow = 4 * columnsUp;
  gemm.multiply(4 * aAt, aRow, aColumn, 4 * bAt, 4 * columnsUp, 4 * cAt, cRow, rowsUp, columnsUp, depth);
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    out.set(heap.subarray(cAt + r * columnsUp, cAt + r * columnsUp + columns), r * columns);
  }
  return out;
}
