import { existsSync, readFileSync } from 'node:fs';

/**
 * The most memory this process has held. Linux tells it for the program alone; `getrusage` there counts what the
 * process that started it held, too.
 */
export function peakResidentBytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
  return (kilobytes === undefined ? process.resourceUsage().maxRSS : Number(kilobytes)) * 1024;
}
