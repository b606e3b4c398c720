/** What all tensors of this process hold right now. */
export interface MemoryUsage {
  /** Tensors that have their elements somewhere in memory. */
  readonly tensors: number;
  /** The size of these elements; what a backend adds for itself is not counted. */
  readonly bytes: number;
}

let tensors = 0;
let bytes = 0;

/** Counts what tensors hold, so that a program can see a leak. */
export function memory(): MemoryUsage {
  return { tensors, bytes };
}

export function countAllocation(byteLength: number): void {
  tensors += 1;
  bytes += byteLength;
}

export function countRelease(byteLength: number): void {
  tensors -= 1;
  bytes -= byteLength;
}
