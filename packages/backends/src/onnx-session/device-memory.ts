import type { DeviceBuffer, DType, HostArray, HostTensor, Shape } from '@softvq/core';
import type { Bindings } from '@softvq/core/graph';
import type { EngineTensor, Session } from './engine.js';

/** What a session gives, in the order of the graph's outputs. */
export interface SessionOutputs {
  readonly names: readonly string[];
  readonly specs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  /** The values of symbolic sizes in this run. */
  readonly bindings: Bindings;
}

/** Where a backend keeps elements, and how its buffers and the engine's tensors become each other. */
export interface DeviceMemory {
  /**
   * The engine's view of a buffer, for the input of a session.
   *
   * @throws BackendError for a buffer of another backend, DisposedError for one that is gone.
   */
  tensorOf(buffer: DeviceBuffer): EngineTensor;
  /** Runs a session and keeps its outputs. */
  run(
    session: Session,
    feeds: Readonly<Record<string, EngineTensor>>,
    outputs: SessionOutputs,
  ): Promise<DeviceBuffer[]>;
  /** Frees a session, of which buffers may still be in use. */
  releaseSession(session: Session): Promise<void>;
  upload(tensor: HostTensor): Promise<DeviceBuffer>;
  download(buffer: DeviceBuffer): Promise<HostArray>;
}
