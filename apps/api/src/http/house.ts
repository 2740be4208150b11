import { Injectable } from '@nestjs/common';
import { EventStore } from '#libs/event-store/application/event-store';
import { Branches } from '#libs/organization/application/branches';
import { ReadModels } from '#libs/processing/application/read-models';
import { WaitGate } from '#libs/processing/application/wait-gate';
import { Admission } from './admission.js';
import type { House } from './door.js';

@Injectable()
export class HouseServices implements House {
  constructor(
    readonly admission: Admission,
    readonly store: EventStore,
    readonly gate: WaitGate,
    readonly readModels: ReadModels,
    readonly branches: Branches,
  ) {}
}
