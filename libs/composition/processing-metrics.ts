import { Gauge, type Registry } from 'prom-client';
import type { ProcessingControl } from '#libs/processing/application/processing-control';

/** The state of the processing for Prometheus. @returns what brings the gauges up to date, before a scrape is answered. */
export function processingGauges(registry: Registry, processing: ProcessingControl): () => Promise<void> {
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const lag = gauge('countersign_processor_lag_events', 'How far a projection or process is behind the log.', [
    'name',
    'build',
  ]);
  const parked = gauge('countersign_processor_parked_events', 'Events that failed and wait for a fix.', [
    'name',
    'build',
  ]);
  const halted = gauge('countersign_processor_halted', '1 when it stopped at an event.', ['name', 'build']);
  const outbox = gauge('countersign_outbox_messages', 'Messages that are not delivered.', ['state']);
  const timers = gauge('countersign_timers', 'Deadlines that have not fired.', ['state']);
  const up = gauge('countersign_processing_up', '1 when the state of the processing could be read.', []);
  return async () => {
    try {
      const statistics = await processing.statistics();
      for (const each of [lag, parked, halted]) each.reset();
      for (const { name, build, lag: behind, parked: waiting, halted: stopped } of statistics.processors) {
        const labels = { name, build: String(build) };
        lag.set(labels, behind);
        parked.set(labels, waiting);
        halted.set(labels, stopped ? 1 : 0);
      }
      for (const [state, n] of Object.entries(statistics.outbox)) outbox.set({ state }, n);
      for (const [state, n] of Object.entries(statistics.timers)) timers.set({ state }, n);
      up.set(1);
    } catch {
      up.set(0);
    }
  };
}
