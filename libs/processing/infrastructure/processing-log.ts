/** Where the processing says what happened. ERROR = somebody must act; what heals itself is WARN. */
export interface ProcessingLog {
  info(message: string, details?: object): void;
  warn(message: string, details?: object): void;
  error(message: string, details?: object): void;
}

export const silentLog: ProcessingLog = { info: () => {}, warn: () => {}, error: () => {} };
