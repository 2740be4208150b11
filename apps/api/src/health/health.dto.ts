export class LiveAnswer {
  /** @example ok */
  status!: string;
}

export class CheckAnswer {
  /** @example event-store */
  name!: string;
  ok!: boolean;
  detail?: string;
}

export class ReadyAnswer {
  /**
   * ready or unready
   * @example ready
   */
  status!: string;
  checks!: CheckAnswer[];
}
