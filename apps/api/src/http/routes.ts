import {
  applyDecorators,
  Injectable,
  RequestMethod,
  SetMetadata,
  UseInterceptors,
  type OnModuleInit,
  type Type,
} from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, Reflector } from '@nestjs/core';
import { ApiBearerAuth, ApiHeader, ApiQuery } from '@nestjs/swagger';
import type { Permission } from '#libs/identity/domain/permissions';
import { Readmission } from './readmission.js';

const PUBLIC = 'countersign:public';
const REQUIRES = 'countersign:requires';
const KEYED = 'countersign:keyed';
const COMMAND = 'countersign:command';
const MATCHED = 'countersign:matched';

/** A route for everybody, without a token. */
export const Public = () => SetMetadata(PUBLIC, true);

/** A route for holders of any of these permissions; with none named, for everybody who is signed in. */
export const Requires = (...anyOf: Permission[]) => applyDecorators(SetMetadata(REQUIRES, anyOf), ApiBearerAuth());

/** A command: takes `?dryRun=true`, `If-Match` (speaking of what is named by the path) and `Idempotency-Key`. */
export const CommandRoute = ({
  key,
  of = 'it',
  ifMatch = 'optional',
}: {
  key: 'required' | 'optional';
  of?: string;
  ifMatch?: 'required' | 'optional';
}) =>
  applyDecorators(
    SetMetadata(COMMAND, true),
    UseInterceptors(Readmission),
    SetMetadata(MATCHED, ifMatch === 'required'),
    SetMetadata(KEYED, key === 'required'),
    ApiHeader({
      name: 'Idempotency-Key',
      required: key === 'required',
      description: 'The same key and body again: the original receipt.',
      schema: { type: 'string', maxLength: 255 },
    }),
    ApiHeader({
      name: 'If-Match',
      required: ifMatch === 'required',
      description: `Only while ${of} is at this revision: "7".`,
    }),
    ApiQuery({
      name: 'dryRun',
      required: false,
      type: Boolean,
      description: 'Answers 200 with the events that would be recorded, and records nothing.',
    }),
  );

/** What a route declared, worked out once at start. */
export interface RouteDeclaration {
  readonly name: string;
  readonly method: string;
  /** Below the prefix, with its parameters: `reviews/:reviewId/decide`. */
  readonly path: string;
  readonly isPublic: boolean;
  readonly anyOf: readonly Permission[];
  readonly isCommand: boolean;
  readonly keyRequired: boolean;
  readonly matchRequired: boolean;
  /** The class the body is checked against; undefined: the route takes no body. */
  readonly body: Type | undefined;
  /** The class query parameters are checked against. */
  readonly query: Type | undefined;
}

const enum Argument {
  body = 3,
  query = 4,
}

/** All routes with their declarations. A route that declares neither `@Public` nor `@Requires` fails the start. */
@Injectable()
export class Routes implements OnModuleInit {
  private readonly declared = new Map<unknown, RouteDeclaration>();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly reflector: Reflector,
  ) {}

  onModuleInit(): void {
    for (const { instance, metatype } of this.discovery.getControllers()) {
      if (!instance || !metatype) continue;
      const prototype = Object.getPrototypeOf(instance) as object;
      for (const name of this.scanner.getAllMethodNames(prototype)) {
        const handler = (prototype as Record<string, unknown>)[name] as () => unknown;
        if (Reflect.getMetadata(PATH_METADATA, handler) !== undefined)
          this.declared.set(handler, this.read(metatype as Type, prototype, name, handler));
      }
    }
  }

  of(handler: unknown): RouteDeclaration {
    const route = this.declared.get(handler);
    if (!route) throw new Error('A route was registered after the start.');
    return route;
  }

  ofPath(path: string): RouteDeclaration {
    const route = this.all().find((each) => each.path === path);
    if (!route) throw new Error(`There is no route ${path}.`);
    return route;
  }

  all(): readonly RouteDeclaration[] {
    return [...this.declared.values()];
  }

  private read(controller: Type, prototype: object, method: string, handler: () => unknown): RouteDeclaration {
    const at = [handler, controller];
    const name = `${controller.name}.${method}`;
    const isPublic = this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, at) ?? false;
    const anyOf = this.reflector.getAllAndOverride<Permission[] | undefined>(REQUIRES, at);
    if (!isPublic && anyOf === undefined) throw new Error(`${name} declares neither @Public() nor @Requires(…).`);
    const paths = [controller, handler].map((each) => String(Reflect.getMetadata(PATH_METADATA, each) ?? ''));
    return {
      name,
      method: RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod],
      path: paths
        .map((each) => each.replaceAll(/^\/|\/$/g, ''))
        .filter(Boolean)
        .join('/'),
      isPublic,
      anyOf: anyOf ?? [],
      isCommand: this.reflector.get<boolean | undefined>(COMMAND, handler) ?? false,
      matchRequired: this.reflector.get<boolean | undefined>(MATCHED, handler) ?? false,
      keyRequired: this.reflector.get<boolean | undefined>(KEYED, handler) ?? false,
      body: argument(controller, prototype, method, Argument.body),
      query: argument(controller, prototype, method, Argument.query),
    };
  }
}

/** The class of the parameter that a method takes its whole body or query in. */
function argument(controller: Type, prototype: object, method: string, kind: Argument): Type | undefined {
  const taken = (Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, method) ?? {}) as Record<
    string,
    { index: number }
  >;
  const key = Object.keys(taken).find((each) => each.startsWith(`${kind}:`));
  const types = (Reflect.getMetadata('design:paramtypes', prototype, method) ?? []) as Type[];
  return key === undefined ? undefined : types[taken[key]!.index];
}
