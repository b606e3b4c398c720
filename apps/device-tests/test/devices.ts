/** Backends beyond the CPU, where they run, and how many times the CPU's tolerance they may have. */
export const devices = [
  { where: 'Node', name: 'wasm', slack: 1 },
  { where: 'Node', name: 'tfjs', slack: 1 },
  { where: 'Node', name: 'webgpu', slack: 10 },
  { where: 'Chromium', name: 'wasm', slack: 1 },
  { where: 'Chromium', name: 'tfjs', slack: 1 },
  { where: 'Chromium', name: 'webgpu', slack: 10 },
] as const;
