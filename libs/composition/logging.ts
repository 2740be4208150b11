import type { LoggerService } from '@nestjs/common';
import { pino, type Logger } from 'pino';
import type { Config } from './config.js';

/** One JSON line per event on standard output; what could hold a secret is cut out. */
export const createLogger = (config: Config, process: string): Logger =>
  pino({
    level: config.logLevel,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: errorLine },
    redact: ['req.headers.authorization', 'req.headers.cookie', '*.password', '*.refreshToken', '*.accessToken'],
  });

/** What helps, and nothing that a driver hangs on its errors (connections, settings, whole queries). */
export function errorLine(error: unknown): object {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, severity, cause } = error as Error & { code?: unknown; severity?: unknown };
  return {
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(severity !== undefined && { severity }),
    stack: error.stack,
    ...(cause !== undefined && { cause: errorLine(cause) }),
  };
}

/** Nest says of each module and route that it is there: nobody reads that. */
const ASSEMBLY = new Set<unknown>([
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
]);

/** Nest's own lines (and those of its `Logger` class) on the same output, in the same form. */
export class NestLog implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.write(ASSEMBLY.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.write('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.write('trace', message, rest);
  }

  /** Nest passes the context last; an object first is pino's way of giving details, with the sentence after it. */
  private write(
    level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace',
    message: unknown,
    rest: unknown[],
  ): void {
    const context = typeof rest.at(-1) === 'string' ? (rest.at(-1) as string) : undefined;
    const others = context === undefined ? rest : rest.slice(0, -1);
    const details = { ...(context && { context }), ...detailsOf(message, others) };
    const sentence = typeof message === 'string' ? message : others.find((each) => typeof each === 'string');
    this.logger[level](details, sentence ?? (message instanceof Error ? message.message : undefined));
  }
}

function detailsOf(message: unknown, others: readonly unknown[]): object {
  if (message instanceof Error) return { err: message };
  const details = typeof message === 'object' && message !== null ? message : {};
  const error = others.find((each) => each instanceof Error);
  const stack = others.find((each) => typeof each === 'string' && each.includes('\n    at '));
  return { ...details, ...(error ? { err: error } : {}), ...(stack === undefined ? {} : { stack }) };
}
