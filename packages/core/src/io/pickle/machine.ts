import { FileFormatError, UnsafePickleError } from '../../errors.js';
import { PickleCursor } from './cursor.js';
import {
  parseBinaryInteger,
  parsePythonFloat,
  parsePythonInteger,
  parsePythonString,
  parseRawUnicode,
} from './literals.js';
import { kindOf, type PickleValue, PythonReference } from './value.js';

/** Makes an object from the arguments of a call. It may say what a later BUILD instruction does to the object. */
export type Construct = (args: readonly PickleValue[], onBuild: OnBuild) => PickleValue;
export type OnBuild = (target: PickleValue & object, build: (state: PickleValue) => void) => void;

/** All that a pickle can reach. */
export interface PickleEnvironment {
  /** What messages call the pickle. */
  readonly file: string;
  /** The allow-list: every Python name that may occur, with what calling it does. Null: it may not be called. */
  readonly globals: ReadonlyMap<string, Construct | null>;
  /** What the file keeps outside the pickle. */
  persistentLoad(id: PickleValue): PickleValue;
}

// What one pickle may make. The largest honest checkpoints need a few hundred thousand instructions; these
// limits keep a hostile one below a gigabyte of memory.
const mostInstructions = 2 ** 24;
const mostContainers = 2 ** 20;
const mostMemoEntries = 2 ** 22;
const longestInteger = 1024;
/** Bytes that calls may copy from their arguments, which could otherwise be one large object again and again. */
const mostCopied = 2 ** 26;

/**
 * Runs a pickle, protocols 0 to 5, on a stack machine of our own. Nothing is ever imported or executed: a name
 * is looked up in the allow-list of `environment` and refused when it is not there.
 *
 * @param bytes may go on after the pickle.
 * @returns the object and how many bytes the pickle has.
 * @throws UnsafePickleError when it names anything outside the allow-list, FileFormatError when it is malformed,
 * EndOfPickle when it goes on after the last byte.
 */
export function unpickle(
  bytes: Uint8Array,
  environment: PickleEnvironment,
): { value: PickleValue; length: number } {
  const machine = new PickleMachine(bytes, environment);
  return { value: machine.run(), length: machine.length };
}

class PickleMachine {
  readonly #cursor: PickleCursor;
  readonly #environment: PickleEnvironment;
  readonly #stack: PickleValue[] = [];
  /** The heights of the stack at the marks that are open. */
  readonly #marks: number[] = [];
  readonly #memo: PickleValue[] = [];
  #memoSize = 0;
  readonly #builders = new WeakMap<object, (state: PickleValue) => void>();
  #containers = 0;
  #copied = 0;

  constructor(bytes: Uint8Array, environment: PickleEnvironment) {
    this.#cursor = new PickleCursor(bytes);
    this.#environment = environment;
  }

  get length(): number {
    return this.#cursor.offset;
  }

  run(): PickleValue {
    for (let count = 0; count < mostInstructions; count++) {
      const instruction = this.#cursor.uint8();
      // STOP
      if (instruction === 0x2e) return this.#pop();
      const value = this.#execute(instruction);
      if (value !== undefined) this.#stack.push(value);
    }
    return this.#fail(`it has more than ${mostInstructions} instructions`);
  }

  #execute(instruction: number): PickleValue | undefined {
    const cursor = this.#cursor;
    switch (instruction) {
      // Framing and the protocol number.
      case 0x80: {
        const protocol = cursor.uint8();
        if (protocol > 5) this.#fail(`protocol ${protocol} is not known; 0 to 5 are`);
        return undefined;
      }
      case 0x95: // FRAME: its length matters only to readers that buffer.
        cursor.uint64();
        return undefined;

      // Constants.
      case 0x4e: // NONE
        return null;
      case 0x88: // NEWTRUE
        return true;
      case 0x89: // NEWFALSE
        return false;

      // Numbers.
      case 0x49: // INT
        return this.#integer(cursor.line(), true);
      case 0x4c: // LONG
        return this.#integer(cursor.line(), false);
      case 0x4a: // BININT
        return cursor.int32();
      case 0x4b: // BININT1
        return cursor.uint8();
      case 0x4d: // BININT2
        return cursor.uint16();
      case 0x8a: // LONG1
        return parseBinaryInteger(cursor.bytes(cursor.uint8()));
      case 0x8b: {
        // LONG4
        const length = cursor.int32();
        if (length < 0 || length > longestInteger) this.#fail(`an integer of ${length} bytes`);
        return parseBinaryInteger(cursor.bytes(length));
      }
      case 0x46: {
        // FLOAT
        const text = cursor.line();
        return parsePythonFloat(text) ?? this.#fail(`${JSON.stringify(text)} is not a float`);
      }
      case 0x47: // BINFLOAT
        return cursor.bigEndianFloat64();

      // Text and bytes. Python 2 strings are bytes; latin-1 keeps each.
      case 0x53: {
        // STRING
        const text = cursor.line();
        return parsePythonString(text) ?? this.#fail('a string without quotes');
      }
      case 0x54: // BINSTRING
        return cursor.latin1(cursor.uint32());
      case 0x55: // SHORT_BINSTRING
        return cursor.latin1(cursor.uint8());
      case 0x56: // UNICODE
        return parseRawUnicode(cursor.line()) ?? this.#fail('a character beyond Unicode');
      case 0x58: // BINUNICODE
        return cursor.utf8(cursor.uint32());
      case 0x8c: // SHORT_BINUNICODE
        return cursor.utf8(cursor.uint8());
      case 0x8d: // BINUNICODE8
        return cursor.utf8(cursor.uint64());
      case 0x42: // BINBYTES
        return cursor.bytes(cursor.uint32()).slice();
      case 0x43: // SHORT_BINBYTES
        return cursor.bytes(cursor.uint8()).slice();
      case 0x8e: // BINBYTES8
      case 0x96: // BYTEARRAY8
        return cursor.bytes(cursor.uint64()).slice();

      // Containers.
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
        return this.#container([]);
      case 0x6c: // LIST
      case 0x74: // TUPLE
        return this.#container(this.#popMark());
      case 0x85: // TUPLE1
        return this.#container([this.#pop()]);
      case 0x86: {
        // TUPLE2
        const [second, first] = [this.#pop(), this.#pop()];
        return this.#container([first, second]);
      }
      case 0x87: {
        // TUPLE3
        const [third, second, first] = [this.#pop(), this.#pop(), this.#pop()];
        return this.#container([first, second, third]);
      }
      case 0x7d: // EMPTY_DICT
        return this.#container(new Map());
      case 0x64: {
        // DICT
        const items = this.#popMark();
        const dictionary = new Map<PickleValue, PickleValue>();
        this.#setItems(dictionary, items);
        return this.#container(dictionary);
      }
      case 0x8f: // EMPTY_SET
        return this.#container(new Set());
      case 0x91: // FROZENSET
        return this.#container(new Set(this.#popMark()));
      case 0x61: {
        // APPEND
        const item = this.#pop();
        this.#append([item]);
        return undefined;
      }
      case 0x65: // APPENDS
        this.#append(this.#popMark());
        return undefined;
      case 0x73: {
        // SETITEM
        const [value, key] = [this.#pop(), this.#pop()];
        this.#setItems(this.#top(), [key, value]);
        return undefined;
      }
      case 0x75: {
        // SETITEMS
        const items = this.#popMark();
        this.#setItems(this.#top(), items);
        return undefined;
      }
      case 0x90: {
        // ADDITEMS
        const items = this.#popMark();
        const set = this.#top();
        if (!(set instanceof Set)) return this.#fail(`adds items to ${kindOf(set)}`);
        for (const item of items) set.add(item);
        return undefined;
      }

      // The stack and the memo.
      case 0x28: // MARK
        this.#marks.push(this.#stack.length);
        return undefined;
      case 0x30: // POP, which also takes back a mark
        if (this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
        else this.#pop();
        return undefined;
      case 0x31: // POP_MARK
        this.#popMark();
        return undefined;
      case 0x32: // DUP
        return this.#top();
      case 0x67: // GET
        return this.#get(this.#memoNumber(cursor.line()));
      case 0x68: // BINGET
        return this.#get(cursor.uint8());
      case 0x6a: // LONG_BINGET
        return this.#get(cursor.uint32());
      case 0x70: // PUT
        this.#put(this.#memoNumber(cursor.line()));
        return undefined;
      case 0x71: // BINPUT
        this.#put(cursor.uint8());
        return undefined;
      case 0x72: // LONG_BINPUT
        this.#put(cursor.uint32());
        return undefined;
      case 0x94: // MEMOIZE
        this.#put(this.#memoSize);
        return undefined;

      // Names and calls.
      case 0x63: // GLOBAL
        return this.#global(cursor.line(), cursor.line());
      case 0x93: {
        // STACK_GLOBAL
        const [name, module] = [this.#pop(), this.#pop()];
        if (typeof name !== 'string' || typeof module !== 'string')
          return this.#fail('a name that is not text');
        return this.#global(module, name);
      }
      case 0x52: // REDUCE
      case 0x81: {
        // NEWOBJ
        const [args, callee] = [this.#pop(), this.#pop()];
        return this.#call(callee, args);
      }
      case 0x92: {
        // NEWOBJ_EX
        const [keywords, args, callee] = [this.#pop(), this.#pop(), this.#pop()];
        if (!(keywords instanceof Map) || keywords.size > 0) this.#fail('a call with keyword arguments');
        return this.#call(callee, args);
      }
      case 0x69: {
        // INST
        const [module, name] = [cursor.line(), cursor.line()];
        const args = this.#popMark();
        return this.#call(this.#global(module, name), args);
      }
      case 0x6f: {
        // OBJ
        const [callee = null, ...args] = this.#popMark();
        return this.#call(callee, args);
      }
      case 0x62: {
        // BUILD
        const state = this.#pop();
        const target = this.#top();
        const build = typeof target === 'object' && target !== null ? this.#builders.get(target) : undefined;
        if (build === undefined) return this.#fail(`sets attributes of ${kindOf(target)}`);
        this.#chargeCopies([state]);
        build(state);
        return undefined;
      }
      case 0x50: // PERSID
        return this.#persistentLoad(cursor.line());
      case 0x51: // BINPERSID
        return this.#persistentLoad(this.#pop());
      case 0x82: // EXT1
      case 0x83: // EXT2
      case 0x84: // EXT4
        throw this.#refuse('an object of the copyreg extension registry');
      default:
        return this.#fail(`${instructionName(instruction)} is not an instruction that files have`);
    }
  }

  #container(container: PickleValue & object): PickleValue {
    this.#countContainer();
    return container;
  }

  #countContainer(): void {
    if (++this.#containers > mostContainers) this.#fail(`it has more than ${mostContainers} containers`);
  }

  /** Counts what a call might copy of its arguments, and of what these hold. */
  #chargeCopies(args: readonly PickleValue[]): void {
    for (const arg of args) {
      this.#copied += copyCost(arg);
      if (Array.isArray(arg) && arg.length <= 16) for (const item of arg) this.#copied += copyCost(item);
    }
    if (this.#copied > mostCopied) this.#fail('its calls have more to copy than any checkpoint needs');
  }

  #pop(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0))
      this.#fail('takes more from the stack than is there');
    return this.#stack.pop()!;
  }

  #top(): PickleValue {
    const value = this.#pop();
    this.#stack.push(value);
    return value;
  }

  /** Everything above the last mark. */
  #popMark(): PickleValue[] {
    const height = this.#marks.pop() ?? this.#fail('closes a mark that was not set');
    return this.#stack.splice(height);
  }

  #integer(text: string, mayBeBoolean: boolean): PickleValue {
    // Protocol 0 writes booleans as these integers.
    if (mayBeBoolean && (text === '00' || text === '01')) return text === '01';
    return parsePythonInteger(text) ?? this.#fail(`${JSON.stringify(text.slice(0, 40))} is not an integer`);
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) this.#fail(`appends to ${kindOf(list)}`);
    for (const item of items) list.push(item);
  }

  #setItems(dictionary: PickleValue, items: readonly PickleValue[]): void {
    if (!(dictionary instanceof Map)) this.#fail(`sets items of ${kindOf(dictionary)}`);
    if (items.length % 2 !== 0) this.#fail('a key without a value');
    for (let index = 0; index < items.length; index += 2) dictionary.set(items[index]!, items[index + 1]!);
  }

  #memoNumber(text: string): number {
    return /^\d{1,9}$/.test(text)
      ? Number(text)
      : this.#fail(`${JSON.stringify(text.slice(0, 40))} is no memo number`);
  }

  #get(number: number): PickleValue {
    const value = this.#memo[number];
    return value === undefined ? this.#fail(`memo ${number} is empty`) : value;
  }

  #put(number: number): void {
    if (number >= mostMemoEntries) this.#fail(`it remembers more than ${mostMemoEntries} values`);
    if (this.#memo[number] === undefined) this.#memoSize += 1;
    this.#memo[number] = this.#top();
  }

  #global(module: string, name: string): PythonReference {
    const full = `${module}.${name}`;
    if (!this.#environment.globals.has(full)) throw this.#refuse(full);
    return new PythonReference(full);
  }

  #call(callee: PickleValue, args: PickleValue): PickleValue {
    const construct =
      callee instanceof PythonReference ? this.#environment.globals.get(callee.name) : undefined;
    if (!construct) throw this.#refuse(`a call of ${kindOf(callee)}`);
    if (!Array.isArray(args)) return this.#fail(`calls ${kindOf(callee)} with ${kindOf(args)} for arguments`);
    this.#countContainer();
    this.#chargeCopies(args);
    return construct(args, (target, build) => {
      this.#builders.set(target, build);
    });
  }

  #persistentLoad(id: PickleValue): PickleValue {
    this.#countContainer();
    return this.#environment.persistentLoad(id);
  }

  #refuse(what: string): UnsafePickleError {
    return new UnsafePickleError(
      this.#environment.file,
      `the pickle asks for ${what}, which is not on the list of what checkpoints may hold. Nothing was executed`,
    );
  }

  #fail(message: string): never {
    throw new FileFormatError(
      this.#environment.file,
      `malformed pickle before byte ${this.#cursor.offset}: ${message}`,
    );
  }
}

function copyCost(value: PickleValue): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return value.length;
  if (Array.isArray(value)) return 32 * value.length;
  return value instanceof Map || value instanceof Set ? 32 * value.size : 1;
}

function instructionName(instruction: number): string {
  return `0x${instruction.toString(16).padStart(2, '0')}`;
}
