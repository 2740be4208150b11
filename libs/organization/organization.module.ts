import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Places } from '#libs/identity/application/places';
import { Branches } from './application/branches.js';
import { CustomerStreams } from './application/customers/customer-streams.js';
import { Customers } from './application/customers/customers.js';
import { KnownSettings } from './application/settings/known-settings.js';
import { SettingDesk, SystemValues } from './application/settings/setting-desk.js';
import { SettingStreams } from './application/settings/setting-streams.js';
import { Settings } from './application/settings/settings.js';
import { KnownPlaces } from './application/known-places.js';
import { PositionBook } from './application/positions/position-book.js';
import { PositionOrders } from './application/positions/position-orders.js';
import { PositionQueries } from './application/positions/position-queries.js';
import { PositionStreams } from './application/positions/position-streams.js';
import { UnitBook } from './application/units/unit-book.js';
import { UnitQueries } from './application/units/unit-queries.js';
import { UnitStreams } from './application/units/unit-streams.js';
import { Units } from './application/units/units.js';
import type { SystemSettings } from './domain/settings/setting.registry.js';
import { CustomerList } from './infrastructure/read-models/customer-list/customer-list.query.js';

export interface OrganizationOptions {
  /** What the environment says about the settings of scope `system`. */
  readonly system: SystemSettings;
}

/**
 * Where people work and for whom. Needs EventStore, Codec, Database, ReadModels, Directory and CalendarCatalogue from
 * global modules.
 */
@Module({})
export class OrganizationModule {
  static register({ system }: OrganizationOptions): DynamicModule {
    return {
      module: OrganizationModule,
      global: true,
      imports: [CqrsModule],
      providers: [
        UnitStreams,
        UnitBook,
        { provide: Branches, useExisting: UnitBook },
        Units,
        UnitQueries,
        PositionStreams,
        PositionBook,
        PositionOrders,
        PositionQueries,
        { provide: Places, useClass: KnownPlaces },
        SettingStreams,
        KnownSettings,
        { provide: Settings, useExisting: KnownSettings },
        { provide: SystemValues, useValue: new SystemValues(system) },
        SettingDesk,
        CustomerStreams,
        Customers,
        CustomerList,
      ],
      exports: [
        Places,
        PositionOrders,
        PositionQueries,
        Branches,
        UnitBook,
        Units,
        UnitQueries,
        Settings,
        SettingDesk,
        Customers,
        CustomerList,
      ],
    };
  }
}
