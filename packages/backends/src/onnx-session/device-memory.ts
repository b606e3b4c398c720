import type { DeviceBuffer, DType, HostArray, HostTensor, Shape } from '@softvq/core';
import type { Bindings } from '@softvq/core/graph';
import type { Session } from './engine.js';

/** What a session is given, in the order of the graph's inputs. */
export interface SessionInputs {
  readonly names: readonly string[];
  readonly buffers: readonly DeviceBuffer[];
}

/** What a session gives, in the order of the graph's outputs. */
export interface SessionOutputs {
  readonly names: readonly string[];
  readonly specs: readonly { readonly dtype: DType; readonly shape: Shape }[];
  /** The values of symbolic sizes in this run. */
  readonly bindings: Bindings;
}

/** Where a backend keeps elements, and how sessions work on them. */
export interface DeviceMemory {
  /**
   * Runs a session and keeps its outputs. An input that is disposed meanwhile still counts.
   *
   * @throws BackendError for a buffer of another backend, DisposedError for one that is gone.
   */
  run(session: Session, inputs: SessionInputs, outputs: SessionOutputs): Promise<DeviceBuffer[]>;
  /** Frees a session, of which buffers may still be in use. */
  releaseSession(session: Session): Promise<void>;
  upload(tensor: HostTensor): Promise<DeviceBuffer>;
  download(buffer: DeviceBuffer): Promise<HostArray>;
}
