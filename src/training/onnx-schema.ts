import protobuf from "protobufjs";

/**
 * The part of the ONNX file format (onnx.proto3 of github.com/onnx/onnx: message names and field numbers
 * are its public facts) that a network of ours needs.
 */
const field = (type: string, id: number, rule?: "repeated") => ({ type, id, ...(rule ? { rule } : {}) });

const root = protobuf.Root.fromJSON({
  nested: {
    onnx: {
      nested: {
        ModelProto: {
          fields: {
            irVersion: field("int64", 1),
            producerName: field("string", 2),
            producerVersion: field("string", 3),
            modelVersion: field("int64", 5),
            docString: field("string", 6),
            graph: field("GraphProto", 7),
            opsetImport: field("OperatorSetIdProto", 8, "repeated"),
            metadataProps: field("StringStringEntryProto", 14, "repeated"),
          },
        },
        OperatorSetIdProto: { fields: { domain: field("string", 1), version: field("int64", 2) } },
        StringStringEntryProto: { fields: { key: field("string", 1), value: field("string", 2) } },
        GraphProto: {
          fields: {
            node: field("NodeProto", 1, "repeated"),
            name: field("string", 2),
            initializer: field("TensorProto", 5, "repeated"),
            input: field("ValueInfoProto", 11, "repeated"),
            output: field("ValueInfoProto", 12, "repeated"),
          },
        },
        NodeProto: {
          fields: {
            input: field("string", 1, "repeated"),
            output: field("string", 2, "repeated"),
            name: field("string", 3),
            opType: field("string", 4),
            attribute: field("AttributeProto", 5, "repeated"),
          },
        },
        AttributeProto: {
          fields: {
            name: field("string", 1),
            f: field("float", 2),
            i: field("int64", 3),
            ints: field("int64", 8, "repeated"),
            type: field("int32", 20),
          },
        },
        TensorProto: {
          fields: {
            dims: field("int64", 1, "repeated"),
            dataType: field("int32", 2),
            name: field("string", 8),
            rawData: field("bytes", 9),
          },
        },
        ValueInfoProto: { fields: { name: field("string", 1), type: field("TypeProto", 2) } },
        TypeProto: { fields: { tensorType: field("TensorType", 1) } },
        TensorType: { fields: { elemType: field("int32", 1), shape: field("TensorShapeProto", 2) } },
        TensorShapeProto: { fields: { dim: field("Dimension", 1, "repeated") } },
        Dimension: { fields: { dimValue: field("int64", 1), dimParam: field("string", 2) } },
      },
    },
  },
});

const modelType = root.lookupType("onnx.ModelProto");

/** ONNX's numbers of element types. */
export const elementType = { float: 1, int64: 7 } as const;
const attributeType = { float: 1, int: 2, ints: 7 } as const;

export type Attribute = Readonly<Record<string, unknown>>;
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly Attribute[];
}
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}
export interface OnnxValue {
  readonly name: string;
  /** A number is a fixed size, a word a free one. */
  readonly shape: readonly (number | string)[];
}
export interface OnnxGraph {
  readonly name: string;
  readonly node: readonly OnnxNode[];
  readonly initializer: readonly OnnxTensor[];
  readonly input: readonly OnnxValue[];
  readonly output: readonly OnnxValue[];
}

export const attribute = {
  int: (name: string, i: number): Attribute => ({ name, i, type: attributeType.int }),
  ints: (name: string, ints: readonly number[]): Attribute => ({ name, ints, type: attributeType.ints }),
  float: (name: string, f: number): Attribute => ({ name, f, type: attributeType.float }),
};

/** Bytes of an ONNX model (opset 17, IR version 8). @param metadata goes into the file's metadata_props */
export function encodeModel(graph: OnnxGraph, metadata: Readonly<Record<string, string>>): Uint8Array {
  const value = ({ name, shape }: OnnxValue) => ({
    name,
    type: {
      tensorType: {
        elemType: elementType.float,
        shape: { dim: shape.map((d) => (typeof d === "number" ? { dimValue: d } : { dimParam: d })) },
      },
    },
  });
  const message = modelType.create({
    irVersion: 8,
    producerName: "stedloop",
    modelVersion: 1,
    opsetImport: [{ domain: "", version: 17 }],
    metadataProps: Object.entries(metadata).map(([key, text]) => ({ key, value: text })),
    graph: {
      name: graph.name,
      node: graph.node,
      initializer: graph.initializer,
      input: graph.input.map(value),
      output: graph.output.map(value),
    },
  });
  return modelType.encode(message).finish();
}
