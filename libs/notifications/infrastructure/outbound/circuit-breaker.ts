/** What is known of one target. */
interface Circuit {
  failures: number;
  /** Nobody calls before; 0 = closed. */
  openUntil: number;
  /** How long it was opened for the last time. */
  openMs: number;
  /** One call is finding out whether it works again. */
  trying: boolean;
}

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly threshold?: number;
  readonly firstOpenMs?: number;
  readonly longestOpenMs?: number;
  /** Targets remembered at most; the one longest not heard of is forgotten. */
  readonly remembered?: number;
}

/**
 * Spares a target that is down, and ourselves: after some failures in a row nobody calls it for a while, then one call
 * tries, and either everybody may again or the pause doubles.
 */
export class CircuitBreaker {
  private readonly circuits = new Map<string, Circuit>();
  private readonly threshold: number;
  private readonly firstOpenMs: number;
  private readonly longestOpenMs: number;
  private readonly remembered: number;

  constructor({
    threshold = 5,
    firstOpenMs = 10_000,
    longestOpenMs = 600_000,
    remembered = 10_000,
  }: BreakerOptions = {}) {
    this.threshold = threshold;
    this.firstOpenMs = firstOpenMs;
    this.longestOpenMs = longestOpenMs;
    this.remembered = remembered;
  }

  /** Milliseconds until a call makes sense; 0 = now, and then `succeeded` or `failed` must follow. */
  ask(target: string, now: number): number {
    const circuit = this.circuits.get(target);
    if (!circuit || circuit.openUntil === 0) return 0;
    if (now < circuit.openUntil) return circuit.openUntil - now;
    if (circuit.trying) return Math.min(circuit.openMs, 1000);
    circuit.trying = true;
    return 0;
  }

  succeeded(target: string): void {
    this.circuits.delete(target);
  }

  failed(target: string, now: number): void {
    const circuit = this.circuits.get(target) ?? { failures: 0, openUntil: 0, openMs: 0, trying: false };
    circuit.failures += 1;
    // A straggler from before it opened proves nothing new.
    const isNews = circuit.openUntil === 0 || circuit.trying;
    if (circuit.failures >= this.threshold && isNews) {
      circuit.openMs = circuit.openMs === 0 ? this.firstOpenMs : Math.min(circuit.openMs * 2, this.longestOpenMs);
      circuit.openUntil = now + circuit.openMs;
      circuit.trying = false;
    }
    this.circuits.delete(target);
    this.circuits.set(target, circuit);
    const [oldest] = this.circuits.keys();
    if (this.circuits.size > this.remembered && oldest !== undefined) this.circuits.delete(oldest);
  }
}
