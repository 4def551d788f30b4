/** Says what happens, each line with the seconds since the beginning. */
export type Say = (line: string) => void;

/** @returns a voice that counts from now, writing to the terminal (or the log of a detached start). */
export function startProgress(write: (line: string) => void = (line) => console.log(line)): Say {
  const began = Date.now();
  return (line) => write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}
