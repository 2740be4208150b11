import { Global, Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';

/** Where people work and for whom. Needs EventStore, Codec, Database, ReadModels and Directory from global modules. */
@Global()
@Module({
  imports: [CqrsModule],
  providers: [],
  exports: [],
})
export class OrganizationModule {}
