import { Global, Module } from '@nestjs/common';
import { AuditStream } from './application/audit-stream.js';
import { AuditTrail } from './infrastructure/read-models/audit-trail/audit-trail.query.js';

/** What was recorded, as lines and as events. Needs EventStore, Codec, Database and ReadModels from global modules. */
@Global()
@Module({ providers: [AuditTrail, AuditStream], exports: [AuditTrail, AuditStream] })
export class AuditModule {}
