import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { DType } from '@softvq/core';

/** The part of the ONNX file format (onnx.proto3) that graphs need, as data. */

export interface OnnxModel {
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxInitializer[];
  readonly inputs: readonly OnnxValueInfo[];
  readonly outputs: readonly OnnxValueInfo[];
}

export interface OnnxNode {
  readonly operator: string;
  /** Empty for the standard operators. */
  readonly domain: string;
  /** An empty name leaves out an optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: OnnxAttributes;
}

/** A whole number in a list or alone is an int, `{ float }` a float, a string a string. */
export type OnnxAttributes = Readonly<
  Record<string, number | readonly number[] | string | { readonly float: number }>
>;

/** Element types of stored elements: those of tensors, what files have besides, and weights of quantized products. */
export type OnnxElementType = DType | 'bfloat16' | 'int8';

export interface OnnxInitializer {
  readonly name: string;
  readonly dtype: OnnxElementType;
  readonly shape: readonly number[];
  /** The bytes, or where in another file they are. */
  readonly content: Uint8Array | OnnxExternalData;
}

export interface OnnxExternalData {
  readonly location: string;
  readonly offset: number;
  readonly length: number;
}

export interface OnnxValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** A string is the name of a size that is known at run time only. */
  readonly shape: readonly (number | string)[];
}

const irVersion = 10;

const elementTypes: Record<OnnxElementType, number> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  bfloat16: 16,
};

const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

/** The number that ONNX has for an element type. */
export function elementType(dtype: DType): number {
  return elementTypes[dtype];
}

export function encodeModel(model: OnnxModel): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int64(irVersion);
  writer.tag(2, WireType.LengthDelimited).string('softvq');
  message(writer, 7, () => writeGraph(writer, model));
  for (const { domain, version } of model.opsets) {
    message(writer, 8, () => {
      writer.tag(1, WireType.LengthDelimited).string(domain);
      writer.tag(2, WireType.Varint).int64(version);
    });
  }
  return writer.finish();
}

function message(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  write();
  writer.join();
}

function writeGraph(writer: BinaryWriter, { nodes, initializers, inputs, outputs }: OnnxModel): void {
  for (const node of nodes) message(writer, 1, () => writeNode(writer, node));
  writer.tag(2, WireType.LengthDelimited).string('graph');
  for (const initializer of initializers) message(writer, 5, () => writeInitializer(writer, initializer));
  for (const input of inputs) message(writer, 11, () => writeValueInfo(writer, input));
  for (const output of outputs) message(writer, 12, () => writeValueInfo(writer, output));
}

function writeNode(writer: BinaryWriter, { inputs, outputs, operator, attributes, domain }: OnnxNode): void {
  for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
  for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
  writer.tag(3, WireType.LengthDelimited).string(`${operator}:${outputs[0]}`);
  writer.tag(4, WireType.LengthDelimited).string(operator);
  for (const [name, value] of Object.entries(attributes)) {
    message(writer, 5, () => {
      writer.tag(1, WireType.LengthDelimited).string(name);
      const type = writeAttributeValue(writer, value);
      writer.tag(20, WireType.Varint).int32(type);
    });
  }
  if (domain !== '') writer.tag(7, WireType.LengthDelimited).string(domain);
}

/** Returns which kind of value it was. */
function writeAttributeValue(writer: BinaryWriter, value: OnnxAttributes[string]): number {
  if (typeof value === 'number') {
    writer.tag(3, WireType.Varint).int64(value);
    return attributeTypes.int;
  }
  if (typeof value === 'string') {
    writer.tag(4, WireType.LengthDelimited).string(value);
    return attributeTypes.string;
  }
  if ('float' in value) {
    writer.tag(2, WireType.Bit32).float(value.float);
    return attributeTypes.float;
  }
  for (const each of value) writer.tag(8, WireType.Varint).int64(each);
  return attributeTypes.ints;
}

function writeInitializer(writer: BinaryWriter, { name, dtype, shape, content }: OnnxInitializer): void {
  for (const size of shape) writer.tag(1, WireType.Varint).int64(size);
  writer.tag(2, WireType.Varint).int32(elementTypes[dtype]);
  writer.tag(8, WireType.LengthDelimited).string(name);
  if (content instanceof Uint8Array) {
    writer.tag(9, WireType.LengthDelimited).bytes(content);
    return;
  }
  for (const [key, value] of Object.entries(content)) {
    message(writer, 13, () => {
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).string(String(value));
    });
  }
  writer.tag(14, WireType.Varint).int32(1);
}

function writeValueInfo(writer: BinaryWriter, { name, dtype, shape }: OnnxValueInfo): void {
  writer.tag(1, WireType.LengthDelimited).string(name);
  message(writer, 2, () =>
    message(writer, 1, () => {
      writer.tag(1, WireType.Varint).int32(elementTypes[dtype]);
      message(writer, 2, () => {
        for (const size of shape) {
          message(writer, 1, () => {
            if (typeof size === 'number') writer.tag(1, WireType.Varint).int64(size);
            else writer.tag(2, WireType.LengthDelimited).string(size);
          });
        }
      });
    }),
  );
}
