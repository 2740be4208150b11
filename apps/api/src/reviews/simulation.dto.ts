import { ApiProperty } from '@nestjs/swagger';
import { UnmetAnswer } from '../http/answers.dto.js';
import { FreeForm } from '../http/validation.js';
import { FaultAnswer } from '../workflows/workflow.dto.js';
import { ExplanationAnswer } from './review-answers.dto.js';

/** What happens in addition, in its order, and who is there. All faults are answered at once. */
@FreeForm()
export class WhatIfBody {
  /**
   * What people do: a verb of the API with the members of its body, who does it (`by`), and when: `at`, or `afterHours`
   * after what came before, else at the same instant. `wait` lets time pass; `people` changes the directory. Ids of
   * what only the script brings about are written `#n`: the n-th assignment, decision or change item.
   * @example [{ "act": "decide", "by": "usr_ann", "verdict": "approve", "afterHours": 2 }]
   */
  acts!: Record<string, unknown>[];
  /**
   * People the directory does not know, or knows otherwise.
   * @example [{ "userId": "usr_ann", "roles": ["officer"] }]
   */
  people?: Record<string, unknown>[];
}

@FreeForm()
export class SimulationBody extends WhatIfBody {
  /** A published version, or `draft`; the newest version unless told, the draft where there is none. */
  @ApiProperty({ required: false, oneOf: [{ type: 'integer' }, { type: 'string' }] } as never)
  version?: number | string;
  /** When it starts; now unless told. */
  at?: string;
  /**
   * Who starts it (the caller unless told), and about what.
   * @example { "subject": { "type": "loan", "id": "loan-1", "content": { "amountMinor": "4500000" } } }
   */
  start!: Record<string, unknown>;
}

export class SimulatedRefusalAnswer {
  code!: string;
  detail!: string;
}

/** As the state of a receipt; all null where the start was refused. */
export class SimulatedStateAnswer {
  status!: string | null;
  step!: string | null;
  waitingOn!: UnmetAnswer[];
}

export class TurnAnswer {
  at!: string;
  /** A verb, `start`, `wait`, `people`, `timer`, or `directory` for what follows when somebody comes, leaves, or can do more or less. */
  act!: string;
  by!: string;
  /** Revisions of the events that it recorded. */
  events!: number[];
  refusal!: SimulatedRefusalAnswer | null;
  state!: SimulatedStateAnswer;
  explanation!: ExplanationAnswer | null;
}

export class SimulatedEventAnswer {
  /** Dense: from 0, in a what-if from the review's next one. */
  revision!: number;
  type!: string;
  recordedAt!: string;
  actorId!: string;
  data!: Record<string, unknown>;
}

export class SimulationAnswer {
  turns!: TurnAnswer[];
  events!: SimulatedEventAnswer[];
  state!: SimulatedStateAnswer;
  /** What was played without, because it is not published, such as the rules of a draft; and who acts and is nobody's id. */
  warnings!: FaultAnswer[];
}
