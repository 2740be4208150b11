import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CalendarCatalogue } from './application/calendar-catalogue.js';
import { CalendarKeys } from './application/calendar-keys.js';
import { CalendarStreams } from './application/calendar-streams.js';
import { CreateWorkflowHandler } from './application/commands/create-workflow.handler.js';
import { CreateCalendarHandler, PublishCalendarHandler } from './application/commands/publish-calendar.handlers.js';
import { DefinitionWarnings } from './application/definition-warnings.js';
import { PublishWorkflowHandler } from './application/commands/publish-workflow.handler.js';
import { ReplaceDraftHandler } from './application/commands/replace-draft.handler.js';
import { RetireWorkflowHandler } from './application/commands/retire-workflow.handler.js';
import { CalendarQueries } from './application/queries/calendar-queries.js';
import { BacktestRecords } from './application/backtests/backtest-records.js';
import { Backtests } from './application/backtests/backtests.js';
import { CreateRulesetHandler } from './application/rulesets/create-ruleset.handler.js';
import { PublishRulesetHandler } from './application/rulesets/publish-ruleset.handler.js';
import { ReplaceRulesetDraftHandler } from './application/rulesets/replace-ruleset-draft.handler.js';
import { RulesetCatalogue, StreamedRulesets } from './application/rulesets/ruleset-catalogue.js';
import { RulesetQueries } from './application/rulesets/ruleset-queries.js';
import { RulesetStreams } from './application/rulesets/ruleset-streams.js';
import { WorkflowQueries } from './application/queries/workflow-queries.js';
import { StreamedCalendars } from './application/streamed-calendars.js';
import { StreamedCatalogue } from './application/streamed-catalogue.js';
import { WorkflowCatalogue } from './application/workflow-catalogue.js';
import { WorkflowKeys } from './application/workflow-keys.js';
import { WorkflowStreams } from './application/workflow-streams.js';
import { CalendarList } from './infrastructure/read-models/calendar-list/calendar-list.query.js';
import { PostgresBacktests } from './infrastructure/backtests/postgres-backtests.js';
import { RulesetList } from './infrastructure/read-models/ruleset-list/ruleset-list.query.js';
import { WorkflowList } from './infrastructure/read-models/workflow-list/workflow-list.query.js';

/** Definitions and their published versions. Needs EventStore, Codec, Hashing, Database and ReadModels and Directory from global modules. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [
    WorkflowStreams,
    WorkflowKeys,
    { provide: WorkflowCatalogue, useClass: StreamedCatalogue },
    WorkflowQueries,
    WorkflowList,
    DefinitionWarnings,
    CalendarStreams,
    CalendarKeys,
    StreamedCalendars,
    { provide: CalendarCatalogue, useExisting: StreamedCalendars },
    CalendarQueries,
    CalendarList,
    CreateCalendarHandler,
    PublishCalendarHandler,
    CreateWorkflowHandler,
    ReplaceDraftHandler,
    PublishWorkflowHandler,
    RetireWorkflowHandler,
    RulesetStreams,
    { provide: RulesetCatalogue, useClass: StreamedRulesets },
    RulesetQueries,
    RulesetList,
    CreateRulesetHandler,
    ReplaceRulesetDraftHandler,
    PublishRulesetHandler,
    { provide: BacktestRecords, useClass: PostgresBacktests },
    Backtests,
  ],
  exports: [
    Backtests,
    CalendarCatalogue,
    CalendarQueries,
    CalendarList,
    DefinitionWarnings,
    RulesetCatalogue,
    RulesetQueries,
    RulesetList,
    WorkflowCatalogue,
    WorkflowQueries,
    WorkflowList,
  ],
})
export class WorkflowsModule {}
