import { reportFailure } from './report-failure.ts';
import { createProgram } from './program.ts';

/** Long enough for what was printed to leave the process. */
const LINGER_MS = 250;

/** Runs the command line and sets the exit code: 0 done, 1 failed or not everything, 2 wrong usage. */
export async function run(argv: readonly string[]): Promise<void> {
  process.stdout.on('error', endQuietly);
  try {
    await createProgram().parseAsync(argv);
  } catch (error) {
    process.exitCode = reportFailure(error);
    // A client that still tries to reach a server must not hold the terminal.
    setTimeout(() => process.exit(), LINGER_MS).unref();
  }
}

/** Whoever reads our output may have enough of it: `auditorium events … --json | head`. */
function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
}
