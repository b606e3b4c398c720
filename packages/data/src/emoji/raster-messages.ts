/** What a rasterising process is asked, after its own first message has said that it is ready. */
export interface RasterRequest {
  /** Pixels on each side of every picture. */
  readonly size: number;
  readonly drawings: readonly RasterDrawing[];
}

/** The part of an emoji that its picture depends on. */
export interface RasterDrawing {
  readonly width: number;
  readonly height: number;
  /** What stands inside the `<svg>` element. */
  readonly body: string;
}

/** What it answers. */
export interface RasterReply {
  /** The RGB bytes of one picture after the other, without those that failed. */
  readonly pixels: Uint8Array;
  /** By the drawing's position in the request. */
  readonly failures: ReadonlyMap<number, RasterFailure>;
}

/** Why there is no picture. */
export interface RasterFailure {
  readonly reason: string;
}
