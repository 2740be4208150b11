import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { AuthController } from './src/auth/auth.controller.js';
import { HealthController } from './src/health/health.controller.js';
import { Readiness } from './src/health/readiness.js';
import { AccessGuard, ShapeGuard } from './src/http/guards.js';
import { HouseServices } from './src/http/house.js';
import { HttpLimits } from './src/http/limits.js';
import { ProblemFilter } from './src/http/problem.filter.js';
import { Routes } from './src/http/routes.js';
import { Metrics } from './src/metrics/metrics.js';
import { MetricsController } from './src/metrics/metrics.controller.js';

export interface ApiModuleOptions {
  /** The assembled rooms: everything the controllers send commands and queries to. */
  readonly rooms: DynamicModule | Type;
  readonly limits: HttpLimits;
}

/** HTTP over the rooms: controllers, the guards that every request passes, the one problem filter. */
@Module({})
export class ApiModule {
  static over({ rooms, limits }: ApiModuleOptions): DynamicModule {
    return {
      module: ApiModule,
      imports: [rooms, CqrsModule, DiscoveryModule],
      controllers: [AuthController, HealthController, MetricsController],
      providers: [
        { provide: HttpLimits, useValue: limits },
        // In this order: who is calling and may they, then the form of the request.
        { provide: APP_GUARD, useClass: AccessGuard },
        { provide: APP_GUARD, useClass: ShapeGuard },
        { provide: APP_FILTER, useClass: ProblemFilter },
        HouseServices,
        Metrics,
        Readiness,
        Routes,
      ],
    };
  }
}
