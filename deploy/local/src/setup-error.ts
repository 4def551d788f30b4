/**
 * A fault that the person at the terminal can mend. Its message is one sentence that says what is wrong and how to
 * mend it; it is printed without a stack.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}
