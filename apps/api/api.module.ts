import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { AuditController } from './src/audit/audit.controller.js';
import { AuthController } from './src/auth/auth.controller.js';
import { KeysController } from './src/auth/keys.controller.js';
import { PasswordsController } from './src/auth/passwords.controller.js';
import { ServiceAccountsController } from './src/auth/service-accounts.controller.js';
import { TokenController } from './src/auth/token.controller.js';
import { CalendarsController } from './src/calendars/calendars.controller.js';
import { DelegationsController } from './src/delegations/delegations.controller.js';
import { BulkDecideController } from './src/reviews/bulk-decide.controller.js';
import { DashboardController } from './src/dashboard/dashboard.controller.js';
import { DraftsController } from './src/drafts/drafts.controller.js';
import { HealthController } from './src/health/health.controller.js';
import { EnumsController } from './src/enums/enums.controller.js';
import { Readiness } from './src/health/readiness.js';
import { AccessGuard } from './src/http/access-guard.js';
import { Admission } from './src/http/admission.js';
import { ShapeGuard } from './src/http/guards.js';
import { HouseServices } from './src/http/house.js';
import { HttpLimits } from './src/http/limits.js';
import { ProblemFilter } from './src/http/problem.filter.js';
import { Routes } from './src/http/routes.js';
import { InboxController } from './src/inbox/inbox.controller.js';
import { Metrics } from './src/metrics/metrics.js';
import { MetricsController } from './src/metrics/metrics.controller.js';
import { OperationsController } from './src/operations/operations.controller.js';
import { BranchesController } from './src/organization/branches.controller.js';
import { CustomersController } from './src/organization/customers.controller.js';
import { PositionsController } from './src/organization/positions.controller.js';
import { DepartmentsController } from './src/organization/departments.controller.js';
import { SettingsController } from './src/organization/settings.controller.js';
import { ParkedEvents } from './src/operations/parked-events.js';
import { RebuildJobs } from './src/operations/rebuild-jobs.js';
import { ReviewCommandsController } from './src/reviews/review-commands.controller.js';
import { ReviewSeatsController } from './src/reviews/review-seats.controller.js';
import { ReviewDesk } from './src/reviews/review-desk.js';
import { ReviewReadsController } from './src/reviews/review-reads.controller.js';
import { SimulationsController } from './src/reviews/simulations.controller.js';
import { BacktestJobs } from './src/rulesets/backtest-jobs.js';
import { RulesetsController } from './src/rulesets/rulesets.controller.js';
import { EventStreams } from './src/stream/event-streams.js';
import { StreamController } from './src/stream/stream.controller.js';
import { PreferencesController } from './src/webhooks/preferences.controller.js';
import { PermissionsController } from './src/users/permissions.controller.js';
import { AbsencesController } from './src/users/absences.controller.js';
import { UserSessionsController } from './src/users/user-sessions.controller.js';
import { UserStandingController } from './src/users/user-standing.controller.js';
import { UsersController } from './src/users/users.controller.js';
import { WebhooksController } from './src/webhooks/webhooks.controller.js';
import { WorkflowsController } from './src/workflows/workflows.controller.js';

/** Before every route but those outside. */
export const PREFIX = 'api/v1';
export const OUTSIDE_PREFIX = ['health/live', 'health/ready', 'metrics', '.well-known/jwks.json'];

export interface ApiModuleOptions {
  /** The assembled rooms: everything the controllers send commands and queries to. */
  readonly rooms: DynamicModule | Type;
  readonly limits: HttpLimits;
  /** What is served beside health, metrics and sign-in: everything, unless told. */
  readonly routes?: { readonly controllers: readonly Type[]; readonly providers: readonly Type[] };
}

/** The routes of the rooms. */
const routesOfRooms = {
  controllers: [
    WorkflowsController,
    CalendarsController,
    RulesetsController,
    ReviewCommandsController,
    ReviewSeatsController,
    BulkDecideController,
    ReviewReadsController,
    SimulationsController,
    DelegationsController,
    InboxController,
    StreamController,
    DashboardController,
    AuditController,
    OperationsController,
    WebhooksController,
    PreferencesController,
    DraftsController,
    UsersController,
    UserStandingController,
    AbsencesController,
    UserSessionsController,
    PermissionsController,
    BranchesController,
    DepartmentsController,
    SettingsController,
    CustomersController,
    PositionsController,
    EnumsController,
  ],
  providers: [ParkedEvents, RebuildJobs, BacktestJobs, ReviewDesk, EventStreams],
};

/** Served whatever else is. */
const ownControllers = [
  AuthController,
  TokenController,
  PasswordsController,
  ServiceAccountsController,
  KeysController,
  HealthController,
  MetricsController,
];

/** HTTP over the rooms: controllers, the guards that every request passes, the one problem filter. */
@Module({})
export class ApiModule {
  static over({ rooms, limits, routes = routesOfRooms }: ApiModuleOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [rooms, CqrsModule, DiscoveryModule],
      controllers: [...ownControllers, ...routes.controllers],
      providers: [
        { provide: HttpLimits, useValue: limits },
        // In this order: who is calling and may they, then the form of the request.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: ShapeGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        Admission,
        HouseServices,
        Metrics,
        Readiness,
        Routes,
        ...routes.providers,
      ],
    };
  }
}
