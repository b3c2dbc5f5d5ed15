/** The TensorFlow.js namespace, whichever backend runs below it. */
export type Tf = typeof import("@tensorflow/tfjs");
export type Tensor = import("@tensorflow/tfjs").Tensor;
export type Tensor4D = import("@tensorflow/tfjs").Tensor4D;
