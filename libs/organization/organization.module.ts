import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { Branches } from './application/branches.js';
import { UnitBook } from './application/units/unit-book.js';
import { UnitQueries } from './application/units/unit-queries.js';
import { UnitStreams } from './application/units/unit-streams.js';
import { Units } from './application/units/units.js';

/**
 * Where people work and for whom. Needs EventStore, Codec, Database, ReadModels, Directory and CalendarCatalogue from
 * global modules.
 */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [UnitStreams, UnitBook, { provide: Branches, useExisting: UnitBook }, Units, UnitQueries],
  exports: [Branches, UnitBook, Units, UnitQueries],
})
export class OrganizationModule {}
