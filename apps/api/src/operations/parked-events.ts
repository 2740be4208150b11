import { Injectable } from '@nestjs/common';
import { EventStore } from '#libs/event-store/application/event-store';
import {
  ProcessingControl,
  UnknownProcessor,
  type ParkedPartition,
} from '#libs/processing/application/processing-control';

/** What failed and waits, of one workspace: an operator sees nothing of another. */
@Injectable()
export class ParkedEvents {
  constructor(
    private readonly processing: ProcessingControl,
    private readonly store: EventStore,
  ) {}

  /** @throws UnknownProcessor */
  async list(workspaceId: string, name: string): Promise<readonly ParkedPartition[]> {
    if (!(await this.processing.list()).some((each) => each.name === name)) throw new UnknownProcessor(name);
    const parked = await this.processing.parked(name);
    const owners = await Promise.all(parked.map(({ streamId }) => this.ownerOf(streamId)));
    return parked.filter((_, index) => owners[index] === workspaceId);
  }

  /** Applies them again, of one partition or of all of the workspace. @throws UnknownProcessor */
  async retry(workspaceId: string, name: string, only?: string): Promise<{ applied: number; parked: number }> {
    const parked = await this.list(workspaceId, name);
    const outcome = { applied: 0, parked: 0 };
    for (const { partition } of parked.filter(({ partition: each }) => only === undefined || each === only)) {
      const { applied, parked: still } = await this.processing.retryParked(name, partition);
      outcome.applied += applied;
      outcome.parked += still;
    }
    return outcome;
  }

  private async ownerOf(streamId: string): Promise<string | undefined> {
    const { events } = await this.store.readStream(streamId, { max: 1 });
    return events[0]?.metadata.workspaceId;
  }
}
