import { Body, Controller, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { mayByRoles } from '#libs/composition/rights';
import { Simulations, type Asking } from '#libs/reviews/application/simulations';
import { DefinitionWarnings } from '#libs/workflows/application/definition-warnings';
import { WorkflowQueries } from '#libs/workflows/application/queries/workflow-queries';
import { At, Door } from '../http/door.js';
import { Refuses } from '../http/refuses.js';
import { Requires } from '../http/routes.js';
import { ReviewDesk } from './review-desk.js';
import { SimulationAnswer, SimulationBody, WhatIfBody } from './simulation.dto.js';

/** Thinking cases through. Nothing is recorded, so that nothing can be replayed and no key is asked for. */
@ApiTags('Simulation')
@Controller()
@Requires('simulate')
export class SimulationsController {
  constructor(
    private readonly desk: ReviewDesk,
    private readonly workflows: WorkflowQueries,
    private readonly simulations: Simulations,
    private readonly warnings: DefinitionWarnings,
  ) {}

  @Post('workflows/:workflowId/simulate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Play a script under a version of a workflow, or under its draft, on a clock of its own' })
  @ApiOkResponse({ type: SimulationAnswer })
  @Refuses('not-found', 'validation-failed', 'definition-invalid')
  async simulate(@Param('workflowId') workflowId: string, @Body() body: SimulationBody, @At() at: Door) {
    const { version, ...script } = body as unknown as Readonly<Record<string, unknown>>;
    const published = await this.workflows.playable(at.workspaceId, workflowId, version);
    const missing = await this.warnings.ofSimulation(at.workspaceId, published.definition);
    const { warnings, ...simulation } = await this.simulations.ofWorkflow(published, script, askingOf(at));
    return { ...simulation, warnings: [...missing, ...warnings] };
  }

  @Post('reviews/:reviewId/simulate')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'What if: acts applied to a review as it stands now' })
  @ApiOkResponse({ type: SimulationAnswer })
  @Refuses('not-found', 'validation-failed')
  async whatIf(@Param('reviewId') reviewId: string, @Body() body: WhatIfBody, @At() at: Door) {
    const loaded = await this.desk.visible(at, reviewId, {}, 'simulate');
    const acts = body as unknown as Readonly<Record<string, unknown>>;
    return this.simulations.ofReview(loaded, acts, askingOf(at));
  }
}

const askingOf = (at: Door): Asking => ({
  workspaceId: at.workspaceId,
  by: at.principal.userId,
  now: at.metadata.now,
  mayOf: ({ roles }) => mayByRoles(roles),
});
