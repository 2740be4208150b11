import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { WorkflowNotFound, WorkflowStateRefused } from '../domain/workflow.errors.js';
import { isKnown, type KnownWorkflow } from '../domain/workflow.state.js';
import { WorkflowCatalogue, type PublishedWorkflow } from './workflow-catalogue.js';
import { WorkflowKeys } from './workflow-keys.js';
import { WorkflowStreams } from './workflow-streams.js';

const MOST_KEYS = 10_000;
const ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const KEY = /^[a-z0-9][a-z0-9-]{0,62}$/;

type Found = Readonly<{ workflow: KnownWorkflow; revision: bigint }>;

/** The catalogue from the log itself: what was published a moment ago can be started now. */
@Injectable()
export class StreamedCatalogue extends WorkflowCatalogue {
  /** A key never goes to another workflow, so that what was found once stays true. */
  private readonly ids = new LRUCache<string, string>({ max: MOST_KEYS });

  constructor(
    private readonly workflows: WorkflowStreams,
    private readonly keys: WorkflowKeys,
  ) {
    super();
  }

  override async published(workspaceId: string, idOrKey: string): Promise<PublishedWorkflow> {
    const { workflow, revision } = await this.find(workspaceId, idOrKey);
    if (workflow.status === 'retired')
      throw new WorkflowStateRefused('This workflow is retired; nothing starts under it.');
    const newest = workflow.versions.at(-1);
    if (!newest) throw new WorkflowStateRefused('This workflow was never published.');

    const { workflowId, key } = workflow;
    const { version, contentHash, definition } = newest;
    return { workflowId, key, name: definition.name, version, contentHash, definition, revision };
  }

  override async has(workspaceId: string, key: string): Promise<boolean> {
    return (await this.byKey(workspaceId, key)) !== undefined;
  }

  /** In whatever state it is; throws `WorkflowNotFound`. */
  async find(workspaceId: string, idOrKey: string): Promise<Found> {
    const known = this.ids.get(`${workspaceId}/${idOrKey}`);
    const found =
      (await this.byId(workspaceId, known ?? idOrKey)) ?? (known ? undefined : await this.byKey(workspaceId, idOrKey));
    if (!found) throw new WorkflowNotFound('There is no such workflow.');
    return found;
  }

  private async byKey(workspaceId: string, key: string): Promise<Found | undefined> {
    if (!KEY.test(key)) return undefined;
    const id = await this.keys.holder(workspaceId, key);
    const found = id === undefined ? undefined : await this.byId(workspaceId, id);
    if (id !== undefined && found) this.ids.set(`${workspaceId}/${key}`, id);
    return found;
  }

  private async byId(workspaceId: string, id: string): Promise<Found | undefined> {
    if (!ID.test(id)) return undefined;
    const { state, revision, workspaceId: owner } = await this.workflows.load(id);
    return owner === workspaceId && isKnown(state) ? { workflow: state, revision } : undefined;
  }
}
