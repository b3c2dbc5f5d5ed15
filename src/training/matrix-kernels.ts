import { type ConvolutionShape, convolve, convolveBackInput, convolveBackKernel } from "./convolution.js";
import { matrixProduct } from "./matrix-product.js";
import { byChannel, maxPool, maxPoolBack, type PoolShape, sumToChannels } from "./plain-kernels.js";
import type { Tf } from "./tf-types.js";
import { makeGemm } from "./wasm-gemm.js";

interface TensorInfo {
  readonly dataId: object;
  readonly shape: number[];
  readonly dtype: string;
}
interface CpuBackend {
  readonly data: { get(id: object): { readonly values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: "float32", values: Float32Array): TensorInfo;
}
type Attributes = Readonly<Record<string, unknown>>;
type Inputs = Readonly<Record<string, TensorInfo>>;
interface Call {
  readonly inputs: Inputs;
  readonly backend: CpuBackend;
  readonly attrs: Attributes;
}
type Kernel = (call: Call) => TensorInfo | TensorInfo[];

let installed = false;

/**
 * Puts fast kernels under TensorFlow.js' plain `cpu` backend for what these networks do (convolution and
 * its gradients by WebAssembly matrix products, 2x2 pooling, per-channel arithmetic). Whatever they do not
 * know goes to the kernel that was there.
 */
export async function installMatrixKernels(tf: Tf): Promise<void> {
  await tf.setBackend("cpu");
  await tf.ready();
  if (installed) return;
  installed = true;
  const gemm = await makeGemm();
  const numbers = (backend: CpuBackend, t: TensorInfo): Float32Array => backend.data.get(t.dataId).values;
  const replace = (name: string, fast: (call: Call) => TensorInfo | null): void => {
    const before = tf.getKernel(name, "cpu")?.kernelFunc as unknown as Kernel;
    const kernelFunc = ((call: Call) => fast(call) ?? before(call)) as never;
    tf.unregisterKernel(name, "cpu");
    tf.registerKernel({ kernelName: name, backendName: "cpu", kernelFunc });
  };
  const made = (backend: CpuBackend, shape: number[], values: Float32Array): TensorInfo =>
    backend.makeTensorInfo(shape, "float32", values);

  replace("Conv2D", ({ inputs, backend, attrs }) => {
    const [x, filter] = [inputs["x"] as TensorInfo, inputs["filter"] as TensorInfo];
    const s = convolutionShape(x.shape, filter.shape, attrs);
    if (s === null) return null;
    return made(
      backend,
      [...x.shape.slice(0, 3), s.outputs],
      convolve(gemm, numbers(backend, x), numbers(backend, filter), s),
    );
  });
  replace("Conv2DBackpropInput", ({ inputs, backend, attrs }) => {
    const [dy, filter] = [inputs["dy"] as TensorInfo, inputs["filter"] as TensorInfo];
    const shape = attrs["inputShape"] as number[];
    const s = convolutionShape(shape, filter.shape, attrs);
    if (s === null) return null;
    return made(backend, shape, convolveBackInput(gemm, numbers(backend, dy), numbers(backend, filter), s));
  });
  replace("Conv2DBackpropFilter", ({ inputs, backend, attrs }) => {
    const [x, dy] = [inputs["x"] as TensorInfo, inputs["dy"] as TensorInfo];
    const shape = attrs["filterShape"] as number[];
    const s = convolutionShape(x.shape, shape, attrs);
    if (s === null) return null;
    return made(backend, shape, convolveBackKernel(gemm, numbers(backend, x), numbers(backend, dy), s));
  });

  replace("BatchMatMul", ({ inputs, backend, attrs }) => {
    const [a, b] = [inputs["a"] as TensorInfo, inputs["b"] as TensorInfo];
    if (a.shape.length !== 3 || a.shape[0] !== 1 || b.shape[0] !== 1) return null;
    const [transposeA, transposeB] = [attrs["transposeA"] === true, attrs["transposeB"] === true];
    const [rows = 0, depth = 0] = transposeA ? [a.shape[2], a.shape[1]] : [a.shape[1], a.shape[2]];
    const columns = (transposeB ? b.shape[1] : b.shape[2]) ?? 0;
    const s = { rows, columns, depth, transposeA, transposeB };
    return made(
      backend,
      [1, rows, columns],
      matrixProduct(gemm, numbers(backend, a), numbers(backend, b), s),
    );
  });

  replace("MaxPool", ({ inputs, backend, attrs }) => {
    const x = inputs["x"] as TensorInfo;
    const s = poolShape(x.shape, attrs);
    return s && made(backend, [s.n, s.outHeight, s.outWidth, s.channels], maxPool(numbers(backend, x), s));
  });
  replace("MaxPoolGrad", ({ inputs, backend, attrs }) => {
    const [dy, x] = [inputs["dy"] as TensorInfo, inputs["input"] as TensorInfo];
    const s = poolShape(x.shape, attrs);
    return s && made(backend, x.shape, maxPoolBack(numbers(backend, x), numbers(backend, dy), s));
  });

  const operations = {
    Add: "add",
    Sub: "subtract",
    Multiply: "multiply",
    SquaredDifference: "squaredDifference",
  } as const;
  for (const [name, op] of Object.entries(operations)) {
    replace(name, ({ inputs, backend }) => {
      const [a, b] = [inputs["a"] as TensorInfo, inputs["b"] as TensorInfo];
      const last = a.shape.at(-1) ?? 0;
      const fits = a.shape.length > 1 && b.shape.length === 1 && b.shape[0] === last && last > 0;
      if (!fits || a.dtype !== "float32" || b.dtype !== "float32") return null;
      return made(backend, a.shape, byChannel(numbers(backend, a), numbers(backend, b), op));
    });
  }
  const overPositions = (name: "Sum" | "Mean", share: (count: number) => number): void =>
    replace(name, ({ inputs, backend, attrs }) => {
      const x = inputs["x"] as TensorInfo;
      const axes = [attrs["axis"] as number | number[]].flat().sort((p, q) => p - q);
      const leading = axes.length === x.shape.length - 1 && axes.every((axis, i) => axis === i);
      if (!leading || axes.length === 0 || x.dtype !== "float32" || attrs["keepDims"] === true) return null;
      const channels = x.shape.at(-1) as number;
      const values = numbers(backend, x);
      return made(backend, [channels], sumToChannels(values, channels, share(values.length / channels)));
    });
  overPositions("Sum", () => 1);
  overPositions("Mean", (count) => 1 / count);
}

function convolutionShape(x: number[], filter: number[], attrs: Attributes): ConvolutionShape | null {
  const [n = 0, height = 0, width = 0, inputs = 0] = x;
  const [kernel = 0, kernelWidth = 0, , outputs = 0] = filter;
  const ones = (value: unknown): boolean => value === undefined || [value].flat().every((v) => v === 1);
  const same = attrs["pad"] === "same" || (attrs["pad"] === "valid" && kernel === 1);
  const format = attrs["dataFormat"] ?? "NHWC";
  if (!same || !ones(attrs["strides"]) || !ones(attrs["dilations"]) || format !== "NHWC") return null;
  if (kernel !== kernelWidth || kernel % 2 === 0) return null;
  return { n, height, width, inputs, outputs, kernel };
}

function poolShape(x: number[], attrs: Attributes): PoolShape | null {
  const [n = 0, height = 0, width = 0, channels = 0] = x;
  const pair = (value: unknown): number | null => {
    const [a, b = a] = [value].flat() as number[];
    return a === b ? (a ?? null) : null;
  };
  const stride = pair(attrs["strides"]);
  const same = attrs["pad"] === "same";
  if (pair(attrs["filterSize"]) !== 2 || stride === null || (!same && attrs["pad"] !== "valid")) return null;
  // "same" at stride 1 pads below and right, as ours does; nothing else of these networks needs more.
  const out = (size: number): number =>
    same ? Math.ceil(size / stride) : Math.floor((size - 2) / stride) + 1;
  return { n, height, width, channels, stride, outHeight: out(height), outWidth: out(width) };
}
