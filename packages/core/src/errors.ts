/** What went wrong, for programs. The message says it for people. */
export type ErrorCode =
  | 'shape'
  | 'dtype'
  | 'argument'
  | 'disposed'
  | 'backend'
  | 'device-lost'
  | 'gradient'
  | 'state-dict'
  | 'file-format'
  | 'unsafe-pickle'
  | 'hub'
  | 'download'
  | 'training';

/** The base of every error this library throws on purpose. */
export class SoftVQError extends Error {
  override readonly name: string = 'SoftVQError';
  readonly code: ErrorCode;
  /** `file:line:column` of the first caller outside the library, where the platform tells. */
  readonly callSite: string | undefined;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.callSite = findCallSite(this.stack);
    this.message = `${message}${placeOf(this)}`;
  }
}

/** Shapes that do not fit an operation. The message names the operation and every shape involved. */
export class ShapeError extends SoftVQError {
  override readonly name = 'ShapeError';
  constructor(message: string, options?: ErrorOptions) {
    super('shape', message, options);
  }
}

/** An element type that an operation does not take, or two that do not agree. */
export class DTypeError extends SoftVQError {
  override readonly name = 'DTypeError';
  constructor(message: string, options?: ErrorOptions) {
    super('dtype', message, options);
  }
}

/** An argument out of its range: an axis, a name, an option. */
export class ArgumentError extends SoftVQError {
  override readonly name = 'ArgumentError';
  constructor(message: string, options?: ErrorOptions) {
    super('argument', message, options);
  }
}

/** A tensor, backend or executable used after `dispose()` or after it was donated. */
export class DisposedError extends SoftVQError {
  override readonly name = 'DisposedError';
  constructor(message: string, options?: ErrorOptions) {
    super('disposed', message, options);
  }
}

/** An engine that is missing, refuses a graph, or failed while running one. */
export class BackendError extends SoftVQError {
  override readonly name: string = 'BackendError';
  constructor(message: string, options?: ErrorOptions & { code?: ErrorCode }) {
    super(options?.code ?? 'backend', message, options);
  }
}

/**
 * The device that a backend computes on is gone: unplugged, reset by its driver, or destroyed by the application. The
 * backend and everything on it are lost; a new backend can take their place.
 */
export class DeviceLostError extends BackendError {
  override readonly name = 'DeviceLostError';
  constructor(message: string, options?: ErrorOptions) {
    super(message, { ...options, code: 'device-lost' });
  }
}

/** A derivative that does not exist or was asked for of something that is not a scalar. */
export class GradientError extends SoftVQError {
  override readonly name = 'GradientError';
  constructor(message: string, options?: ErrorOptions) {
    super('gradient', message, options);
  }
}

/** A state dictionary that does not fit a module. */
export class StateDictError extends SoftVQError {
  override readonly name = 'StateDictError';
  constructor(message: string, options?: ErrorOptions) {
    super('state-dict', message, options);
  }
}

/** A file that is truncated, corrupt, or not what its name promises. `file` names it. */
export class FileFormatError extends SoftVQError {
  override readonly name: string = 'FileFormatError';
  readonly file: string;
  constructor(file: string, message: string, options?: ErrorOptions & { code?: ErrorCode }) {
    super(options?.code ?? 'file-format', `${file}: ${message}`, options);
    this.file = file;
  }
}

/** A pickle that asks for anything outside the allow-list. Nothing in it was executed. */
export class UnsafePickleError extends FileFormatError {
  override readonly name = 'UnsafePickleError';
  constructor(file: string, message: string) {
    super(file, message, { code: 'unsafe-pickle' });
  }
}

/** What an error says without the place of the call: for messages that quote it, and for who uses a program. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof SoftVQError ? error.message.replace(placeOf(error), '') : error.message;
}

function placeOf({ callSite }: SoftVQError): string {
  return callSite === undefined ? '' : `\n    at ${callSite}`;
}

// Not `new URL('.', import.meta.url)`: bundlers take that for an asset to include, and it fails in modules made of blobs.
const ownDirectory = import.meta.url.replace(/[^/]*$/, '');

/** The first stack frame that lies outside this package: where the user called us. */
function findCallSite(stack: string | undefined): string | undefined {
  for (const line of stack?.split('\n') ?? []) {
    const location = /((?:file|https?|webpack[^:]*):\/\/[^)\s]+:\d+:\d+|\/[^)\s]+:\d+:\d+)\)?$/.exec(
      line,
    )?.[1];
    if (location === undefined || location.includes('node:internal')) continue;
    const url = location.startsWith('/') ? `file://${location}` : location;
    if (!url.startsWith(ownDirectory)) return location.replace(/^file:\/\//, '');
  }
  return undefined;
}
