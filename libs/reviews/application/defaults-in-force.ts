import { Injectable } from '@nestjs/common';
import type { Definition } from '#libs/kernel/domain/workflow-definition';
import { Branches } from '#libs/organization/application/branches';
import { Settings } from '#libs/organization/application/settings/settings';
import { withDefaults } from '../domain/start-defaults.js';

/** Where and when a review starts. */
export interface Starting {
  readonly workspaceId: string;
  readonly branchId: string;
  readonly now: string;
}

/** What holds where a workflow says nothing: the same for a review that starts and for one that is thought through. */
@Injectable()
export class DefaultsInForce {
  constructor(
    private readonly branches: Branches,
    private readonly settings: Settings,
  ) {}

  /** The definition as a review that starts there and then executes it. */
  fill(definition: Definition, { workspaceId, branchId, now }: Starting): Definition {
    return withDefaults(definition, {
      calendar:
        this.branches.calendarOf(workspaceId, branchId) ?? this.settings.value(workspaceId, 'review-calendar', now),
      slaHours: this.settings.value(workspaceId, 'step-sla-hours', now, branchId),
    });
  }
}
