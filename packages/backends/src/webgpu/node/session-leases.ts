import type { Session } from '../../onnx-session/index.js';

interface Lease {
  /** Outputs of the session that are in use. */
  outputs: number;
  /** Whether the session is to be freed with the last of them. */
  released: boolean;
}

/**
 * Keeps sessions until the last of their outputs is gone: tensors of the engine give their memory back to an allocator
 * that dies with the session.
 */
export class SessionLeases {
  readonly #leases = new Map<Session, Lease>();

  /** Notes an output. The result is to be called once, when the output is gone. */
  take(session: Session): () => void {
    const lease = this.#leases.get(session) ?? { outputs: 0, released: false };
    this.#leases.set(session, lease);
    lease.outputs += 1;
    return () => {
      lease.outputs -= 1;
      if (lease.outputs > 0) return;
      this.#leases.delete(session);
      if (lease.released) void session.release();
    };
  }

  /** Frees a session, now or when its last output is gone. */
  async release(session: Session): Promise<void> {
    const lease = this.#leases.get(session);
    if (lease === undefined) await session.release();
    else lease.released = true;
  }
}
