import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { catalogue, problemType } from './src/http/catalogue.js';

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
  return withProblems(document);
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

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
      code: { type: 'string', enum: [...Object.keys(catalogue), 'internal-error'] },
      requestId: { type: 'string' },
      retryable: { type: 'boolean', description: 'The same request may succeed later, unchanged.' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['pointer', 'code', 'detail'],
          properties: {
            pointer: { type: 'string', description: 'JSON pointer into the body.' },
            code: { type: 'string' },
            detail: { type: 'string' },
          },
        },
      },
    },
    additionalProperties: true,
  };
  for (const path of Object.values(document.paths))
    for (const method of methods) {
      const operation = path[method];
      if (operation)
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
