// CommonJS packages that require Nest meet it already loaded: jest cannot `require` an ES module that is still in a cycle.
import 'reflect-metadata';
await import('@nestjs/common');
await import('@nestjs/core');
