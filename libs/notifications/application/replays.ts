/** Events that a webhook is to be sent again. */
export interface NewReplay {
  readonly id: string;
  readonly workspaceId: string;
  readonly webhookId: string;
  readonly types: readonly string[];
  readonly after: string;
  readonly until: string;
}

/** Replays that were asked for; worked off beside the deliveries they make. */
export abstract class Replays {
  /** Known by its id, it is left as it is. */
  abstract begin(replay: NewReplay): Promise<boolean>;
}
