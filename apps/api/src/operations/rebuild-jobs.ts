import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { NotFound } from '#libs/event-store/application/errors';
import {
  ProcessingControl,
  type ProcessorStatus,
  type RebuildProgress,
} from '#libs/processing/application/processing-control';
import type { JobAnswer } from './operations.dto.js';

/**
 * Rebuilds as jobs. A job is the build it makes, so its id says where to look, in every process and after a restart;
 * only the finer progress is known to the process that began it alone.
 */
@Injectable()
export class RebuildJobs implements OnApplicationShutdown {
  private readonly logger = new Logger(RebuildJobs.name);
  private readonly stopping = new AbortController();
  private readonly progress = new Map<string, RebuildProgress>();

  constructor(private readonly processing: ProcessingControl) {}

  onApplicationShutdown(): void {
    this.stopping.abort();
  }

  /** Begins (or joins) the rebuild of a projection or process. @throws UnknownProcessor */
  start(name: string): Promise<JobAnswer> {
    const { promise: begun, resolve, reject } = Promise.withResolvers<JobAnswer>();
    let id: string | undefined;
    const onProgress = (progress: RebuildProgress) => {
      id = idOf(progress);
      this.progress.set(id, progress);
      resolve(runningJob(id, progress));
    };
    this.processing
      .rebuild(name, { onProgress, signal: this.stopping.signal })
      .then(onProgress)
      .catch((error: unknown) => {
        if (id === undefined) return reject(error);
        if (!this.stopping.signal.aborted) this.logger.warn({ err: error, job: id }, 'A rebuild ended early.');
      })
      .finally(() => id !== undefined && this.progress.delete(id));
    return begun;
  }

  /** @throws NotFound */
  async find(id: string): Promise<JobAnswer> {
    const { name, version, build } = partsOf(id);
    const builds = (await this.processing.list()).filter((each) => each.name === name && each.version === version);
    const own = builds.find((each) => each.build === build);
    if (own) return this.jobOf(id, own);
    // A build that is not listed any more was replaced by a later one; one that was never made is nothing.
    if (!builds.some((each) => each.build > build)) throw new NotFound();
    return { id, kind: 'rebuild', status: 'succeeded', fraction: 1, applied: 0, error: null };
  }

  private jobOf(id: string, { status, halted, error, applied, lag }: ProcessorStatus): JobAnswer {
    if (status === 'live') return { id, kind: 'rebuild', status: 'succeeded', fraction: 1, applied, error: null };
    if (halted) return { id, kind: 'rebuild', status: 'failed', fraction: 0, applied, error };
    const progress = this.progress.get(id);
    if (progress) return runningJob(id, progress);
    return { id, kind: 'rebuild', status: 'running', fraction: applied / Math.max(1, applied + lag), applied, error };
  }
}

const idOf = ({ name, version, build }: RebuildProgress): string => `rebuild-${name}-${version}-${build}`;

const runningJob = (id: string, { applied, fraction, done }: RebuildProgress): JobAnswer => ({
  id,
  kind: 'rebuild',
  status: done ? 'succeeded' : 'running',
  fraction,
  applied,
  error: null,
});

function partsOf(id: string): { name: string; version: number; build: number } {
  const [, name, version, build] = /^rebuild-(\w{1,100})-(\d{1,6})-(\d{1,9})$/.exec(id) ?? [];
  if (name === undefined) throw new NotFound();
  return { name, version: Number(version), build: Number(build) };
}
