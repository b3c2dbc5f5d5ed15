import { loadTf } from "./tensorflow.js";

/** Run as a script by `setup tensorflow`: one inference and one training step on the native library. */
const { tf, description } = await loadTf("tensorflow");
const x = tf.linspace(-1, 1, 8 * 8 * 4).reshape([4, 8, 8, 1]) as import("@tensorflow/tfjs").Tensor4D;
const kernel = tf.variable(tf.fill([3, 3, 1, 2], 0.1)) as unknown as import("@tensorflow/tfjs").Tensor4D;
const predict = () => tf.mean(tf.elu(tf.conv2d(x, kernel, 1, "same")), [1, 2, 3]);
const lossOf = () =>
  tf.mean(tf.squaredDifference(predict(), tf.fill([4], 0.5))) as import("@tensorflow/tfjs").Scalar;
const before = (await lossOf().data())[0] ?? Number.NaN;
tf.train.adam(0.01).minimize(lossOf);
const after = (await lossOf().data())[0] ?? Number.NaN;
if (!(after < before)) throw new Error(`one training step did not lower the loss (${before} -> ${after})`);
process.stdout.write(
  `${JSON.stringify({ tensorflow: description, lossBefore: before, lossAfter: after })}\n`,
);
