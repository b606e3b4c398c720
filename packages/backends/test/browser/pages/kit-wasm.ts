import { type WasmOptions, wasm } from '../../../src/wasm/browser/index.js';
import { expose } from '../expose.js';
import { kitFunctions } from '../kit-functions.js';

/** The conformance kit on the wasm backend. */
expose(kitFunctions((options: WasmOptions) => wasm(options)));
