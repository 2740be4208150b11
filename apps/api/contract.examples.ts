import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: object }>> }>
  >;
}

/** The checked-in OpenAPI document, and whether an answer is what it promises. */
export class Contract {
  private readonly paths: readonly {
    readonly pattern: RegExp;
    readonly path: string;
    readonly methods: Record<string, Operation>;
  }[];
  // Every schema is compiled for few answers: once, and as it stands.
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, inlineRefs: false, code: { optimize: false } });
  private readonly compiled = new Map<string, ValidateFunction>();

  constructor() {
    const document = JSON.parse(readFileSync(resolve('docs/openapi.json'), 'utf8')) as {
      paths: Record<string, Record<string, Operation>>;
    };
    this.ajv.addSchema(document, 'openapi');
    this.paths = Object.entries(document.paths)
      // Fixed words before parameters, as the router has it.
      .toSorted(([a], [b]) => a.split('{').length - b.split('{').length)
      .map(([path, methods]) => ({ path, methods, pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`) }));
  }

  /** What is wrong with an answer; undefined = nothing, or a path that the document does not name. */
  faultOf(method: string, url: string, status: number, body: unknown): string | undefined {
    const pathname = url.split('?', 1)[0]!;
    const found = this.paths.find(({ pattern }) => pattern.test(pathname));
    const operation = found?.methods[method.toLowerCase()];
    if (!found || !operation || body === '') return undefined;
    const named = operation.responses[String(status)];
    if (!named && status < 400) return `${method} ${found.path} answers ${status}, which the document does not name`;
    const key = named ? String(status) : 'default';
    const [type] = Object.keys(operation.responses[key]?.content ?? {});
    if (!type?.includes('json')) return undefined;
    const pointer = ['paths', found.path, method.toLowerCase(), 'responses', key, 'content', type, 'schema']
      .map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
      .join('/');
    const check = this.compiled.get(pointer) ?? this.ajv.compile({ $ref: `openapi#/${pointer}` });
    this.compiled.set(pointer, check);
    if (check(body)) return undefined;
    return `${method} ${found.path} ${status}: ${this.ajv.errorsText(check.errors)} in ${JSON.stringify(body).slice(0, 500)}`;
  }
}
