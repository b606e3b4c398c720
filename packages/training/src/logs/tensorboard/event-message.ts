import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';

/** A picture as TensorBoard shows it. */
export interface ImageSummary {
  readonly width: number;
  readonly height: number;
  /** The bytes of a PNG file. */
  readonly png: Uint8Array;
}

/** What one event tells. */
export type EventContent =
  /** That a file begins. */
  | { readonly kind: 'version' }
  /** That a training goes on: what earlier files tell about this step and later ones does not count any more. */
  | { readonly kind: 'session' }
  | {
      readonly kind: 'summary';
      readonly scalars: Readonly<Record<string, number>>;
      readonly images: Readonly<Record<string, ImageSummary>>;
    };

export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step: number;
  readonly content: EventContent;
}

/** Red, green and blue. */
const rgbColorspace = 3;
const sessionStart = 1;

/** The bytes of an event by TensorFlow's event.proto and summary.proto. */
export function encodeEvent({ wallTime, step, content }: EventMessage): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Bit64).double(wallTime);
  // As everywhere in protocol buffers, 0 is what is meant when nothing is said.
  if (step !== 0) writer.tag(2, WireType.Varint).int64(step);
  switch (content.kind) {
    case 'version':
      writer.tag(3, WireType.LengthDelimited).string('brain.Event:2');
      break;
    case 'session':
      writer.tag(7, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int32(sessionStart);
      writer.join();
      break;
    case 'summary':
      writer.tag(5, WireType.LengthDelimited).fork();
      for (const [tag, value] of Object.entries(content.scalars)) writeScalar(writer, tag, value);
      for (const [tag, image] of Object.entries(content.images)) writeImage(writer, tag, image);
      writer.join();
  }
  return writer.finish();
}

function writeScalar(writer: BinaryWriter, tag: string, value: number): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(tag);
  writer.tag(2, WireType.Bit32).float(value);
  writer.join();
}

function writeImage(writer: BinaryWriter, tag: string, { width, height, png }: ImageSummary): void {
  writer.tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(tag);
  writer.tag(4, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Varint).int32(height);
  writer.tag(2, WireType.Varint).int32(width);
  writer.tag(3, WireType.Varint).int32(rgbColorspace);
  writer.tag(4, WireType.LengthDelimited).bytes(png);
  writer.join();
  writer.join();
}
