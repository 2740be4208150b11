import { globSync, readFileSync } from 'node:fs';
import { Global, Module, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { ApiModule, OUTSIDE_PREFIX, PREFIX } from './api.module.js';
import { catalogue, INTERNAL_ERROR, problemType } from './src/http/catalogue.js';
import { sharedNames } from './src/http/dto-names.js';
import { fastifyAdapter } from './src/http/fastify.js';
import { HttpLimits } from './src/http/limits.js';

/** The OpenAPI 3.1 document of an application, from its controllers and DTOs (complete when built by `nest build`). */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Countersign')
    .setDescription(
      'Event-sourced approvals. Commands are POSTs that answer 201 with a receipt; every refusal is an RFC 9457 problem.',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}_${method}`,
  });
  delete document.info.contact;
  tighten(document);
  return withProblems(document);
}

type OperationObject = NonNullable<OpenAPIObject['paths'][string]['get']>;

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

const header = (description: string) => ({ description, schema: { type: 'string' } }) as const;

/** What every receipt carries. */
const receiptHeaders = {
  ETag: header('The revision of the stream: "11".'),
  'Consistency-Token': header('Send it with a read: no answer will be older than this command.'),
  'Idempotent-Replayed': header('true: the key was seen before, this is the original receipt.'),
};

/** A command answers 200 with the same shape when nothing was recorded. */
function completeCommand(operation: OperationObject): void {
  const created = operation.responses['201'];
  const isCommand = operation.parameters?.some((each) => 'name' in each && each.name === 'dryRun');
  if (!isCommand || !created || '$ref' in created) return;
  const receipt = { ...created, headers: { ...created.headers, ...receiptHeaders } };
  operation.responses['200'] = { ...receipt, description: 'Nothing was recorded: a dry run, or nothing to do.' };
  operation.responses['201'] = { ...receipt, description: 'The receipt of what was recorded.' };
}

/** What the compiler plugin cannot know: our numbers are integers, our bodies closed, a default makes optional. */
function tighten(document: OpenAPIObject): void {
  const visit = (node: unknown, name: string): void => {
    if (typeof node !== 'object' || node === null) return;
    const schema = node as Record<string, unknown>;
    if (schema['type'] === 'number' && !FRACTIONS.has(name)) schema['type'] = 'integer';
    for (const [key, value] of Object.entries(schema)) if (key !== 'example') visit(value, key);
  };
  for (const [name, schema] of Object.entries(document.components?.schemas ?? {})) {
    visit(schema, name);
    if (name.endsWith('Body') && !('$ref' in schema) && !OPEN_BODIES.has(name)) schema.additionalProperties = false;
  }
  for (const { parameters = [] } of operationsOf(document))
    for (const parameter of parameters) {
      visit(parameter, '');
      if ('schema' in parameter && parameter.schema && 'default' in parameter.schema) parameter.required = false;
    }
}

const FRACTIONS = new Set(['fraction']);
/** Definitions of workflows have members of their own that are described by the room, not here. */
const OPEN_BODIES = new Set(['WorkflowBody', 'DraftBody', 'StepBody', 'AssigneeBody', 'EscalationBody']);

const operationsOf = (document: OpenAPIObject): OperationObject[] =>
  Object.values(document.paths).flatMap((path) =>
    methods.flatMap((method) => {
      const operation = path[method];
      return operation ? [operation] : [];
    }),
  );

/** Every operation may answer a problem; the schema lists all codes of the catalogue. */
function withProblems(document: OpenAPIObject): OpenAPIObject {
  const schemas = ((document.components ??= {}).schemas ??= {});
  schemas['Problem'] = {
    type: 'object',
    description: Object.entries(catalogue)
      .map(([code, { status, title, meaning }]) => `- \`${code}\` (${status}) ${title}. ${meaning}`)
      .join('\n'),
    required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId', 'retryable'],
    properties: {
      type: { type: 'string', example: problemType('stale-review') },
      title: { type: 'string' },
      status: { type: 'integer', example: 409 },
      detail: { type: 'string' },
      instance: { type: 'string', description: 'The path that was asked for.' },
      code: { type: 'string', enum: [...Object.keys(catalogue), INTERNAL_ERROR] },
      requestId: { type: 'string' },
      retryable: { type: 'boolean', description: 'The same request may succeed later, unchanged.' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'code', 'detail'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer into the body.' },
            code: {
              type: 'string',
              description:
                'What is wrong with it: required, wrong-type, bad-format, out-of-range, too-many, unknown-member, ' +
                'unknown-value, and others that detail explains.',
            },
            detail: { type: 'string' },
          },
        },
      },
      allowedActions: {
        type: 'array',
        items: { type: 'string' },
        description: 'What the caller can do with the review now.',
      },
      waitingOn: { type: 'array', items: { type: 'object' }, description: 'What the review waits for.' },
      whoCan: { type: 'array', items: { type: 'string' }, description: 'Who could do it: user:id or role:name.' },
      requiredPermission: { type: 'string' },
    },
    additionalProperties: true,
  };
  for (const operation of operationsOf(document)) {
    completeCommand(operation);
    operation.responses['default'] ??= {
      description: 'A refusal.',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return document;
}

/** `/api/openapi.json` and `/docs`. The document is made when it is first asked for. */
export function serveDocs(app: INestApplication): void {
  let document: OpenAPIObject | undefined;
  SwaggerModule.setup('docs', app, () => (document ??= openApiDocument(app)), {
    jsonDocumentUrl: 'api/openapi.json',
    yamlDocumentUrl: 'api/openapi.yaml',
    customSiteTitle: 'Countersign API',
  });
}

/**
 * Schemas are known by the names of their classes: of two that share one, the document would show either.
 * @throws Error naming them
 */
function refuseSharedNames(): void {
  const sources = globSync('apps/*/src/**/*.dto.ts').map((file) => ({ file, text: readFileSync(file, 'utf8') }));
  const shared = sharedNames(sources);
  if (shared.length > 0) throw new Error(`Classes of the API share a name: ${shared.join('; ')}`);
}

/** The text of `docs/openapi.json`, from the routes alone: nothing is connected. For `npm run generate`. */
export async function generate(): Promise<string> {
  refuseSharedNames();
  const limits = new HttpLimits();
  const { controllers = [], providers = [] } = ApiModule.over({ rooms: Nothing, limits });
  const own = new Set<unknown>(providers.map((provider) => ('provide' in provider ? provider.provide : provider)));
  const classes = [...controllers, ...providers.map((each) => ('useClass' in each ? each.useClass : each))] as Type[];
  const asked = classes.flatMap((each) => (Reflect.getMetadata('design:paramtypes', each) ?? []) as Type[]);
  const outside = [...new Set(asked)].filter((each) => !own.has(each) && !NEST_OWN.has(each.name));
  const stands = outside.map((provide) => ({ provide, useValue: {} }));
  @Global()
  @Module({ providers: stands, exports: stands })
  class Rooms {}
  const adapter = fastifyAdapter({ limits, trustedProxies: 0 });
  const app = await NestFactory.create(ApiModule.over({ rooms: Rooms, limits }), adapter, { logger: false });
  app.setGlobalPrefix(PREFIX, { exclude: OUTSIDE_PREFIX });
  const document = openApiDocument(app);
  await app.close();
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** What Nest itself provides. */
const NEST_OWN = new Set(['CommandBus', 'DiscoveryService', 'MetadataScanner', 'Reflector']);

@Module({})
class Nothing {}
