import { PlainError } from '#libs/composition/plain-error';

/** The command cannot do what was asked. */
export class CliError extends PlainError {}
