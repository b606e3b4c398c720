/** Why a picture cannot be read, in one line and without its name, which its reader may have put before it. */
export function reasonOf(error: unknown, name: string): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n    at ');
  if (line.startsWith(`${name}: `)) return line.slice(name.length + 2);
  return line.startsWith(`${name} `) ? line.slice(name.length + 1) : line;
}
