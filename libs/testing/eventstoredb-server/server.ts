import featuresService from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import gossipService from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import streamsService from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js';
import { ownPort } from '#libs/testing/own-port';
import { Access } from './access.js';
import { append } from './append.js';
import { batchAppend } from './batch-append.js';
import { clusterInfo, supportedMethods } from './cluster.js';
import type { ServerContext } from './context.js';
import { Faults } from './faults.js';
import { EventLog } from './log.js';
import { openLogFile } from './log-file.js';
import { read } from './read.js';
import { remove } from './remove.js';

export interface ServerOptions {
  /** A free one by default. */
  readonly port?: number;
  /** Keeps the log in this file, so that it survives a kill -9 of the process. */
  readonly file?: string;
  /** Passwords by name; without them everybody is an administrator, as on a server with EVENTSTORE_INSECURE. */
  readonly users?: Readonly<Record<string, string>>;
  /** Bytes of one append; 1 MiB by default. */
  readonly maxAppendSize?: number;
  /** The version it says it is. */
  readonly version?: string;
  readonly credentials?: ServerCredentials;
}

/** A server that the unmodified EventStoreDB client accepts: for tests, with faults on demand. */
export class EventStoreDbServer {
  readonly faults = new Faults();
  readonly log: EventLog;
  private readonly context: ServerContext;
  private grpc: Server | undefined;
  private boundPort = 0;

  private constructor(private readonly options: ServerOptions) {
    this.log = options.file === undefined ? new EventLog() : openLogFile(options.file);
    this.context = {
      log: this.log,
      access: new Access(this.log, options.users),
      faults: this.faults,
      maxAppendSize: options.maxAppendSize ?? 1024 * 1024,
      open: { reads: 0, subscriptions: 0, appends: 0 },
      received: { append: 0, batchAppend: 0, read: 0 },
      sent: { toSubscriptions: 0 },
    };
  }

  static async start(options: ServerOptions = {}): Promise<EventStoreDbServer> {
    const server = new EventStoreDbServer(options);
    await server.listen(options.port ?? (await ownPort()));
    return server;
  }

  get port(): number {
    return this.boundPort;
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=${this.options.credentials ? 'true' : 'false'}`;
  }

  /** Calls in progress: what a client that leaks calls leaves behind. */
  get open(): Readonly<ServerContext['open']> {
    return this.context.open;
  }

  /** Calls received since the start. */
  get received(): Readonly<ServerContext['received']> {
    return this.context.received;
  }

  /** Events sent since the start. */
  get sent(): Readonly<ServerContext['sent']> {
    return this.context.sent;
  }

  /** Connections that are open: what a client that is not closed leaves behind. */
  get connections(): number {
    return this.grpc?.['sessions'].size ?? 0;
  }

  /** All connections die at once, nobody listens on the port; the log stays. */
  stop(): void {
    this.grpc?.forceShutdown();
    this.grpc = undefined;
  }

  /** Listens again on the port it had, with the log it had. */
  async resume(): Promise<void> {
    if (!this.grpc) await this.listen(this.boundPort);
  }

  /** A crash and a start: connections die, the port and the log stay. `downMs` milliseconds lie between. */
  async restart(downMs = 0): Promise<void> {
    this.stop();
    if (downMs > 0) await new Promise((resolve) => setTimeout(resolve, downMs));
    await this.resume();
  }

  private async listen(port: number): Promise<void> {
    const grpc = new Server({
      'grpc.max_receive_message_length': 16 * 1024 * 1024,
      'grpc.max_send_message_length': -1,
      // The real server's limit: the hundredth leaked call of a connection is the last one it makes.
      'grpc.max_concurrent_streams': 100,
    });
    for (const [service, methods] of services(this.context, this.options, () => this.port))
      grpc.addService(service, methods);
    const credentials = this.options.credentials ?? ServerCredentials.createInsecure();
    this.boundPort = await new Promise<number>((resolve, reject) =>
      grpc.bindAsync(`127.0.0.1:${port}`, credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
    );
    this.grpc = grpc;
  }
}

/** The generated service definitions carry their messages' types, which `addService` cannot take. */
function services(context: ServerContext, { version = '24.10.5' }: ServerOptions, port: () => number) {
  const { StreamsService } = streamsService;
  const { ServerFeaturesService } = featuresService;
  const { GossipService } = gossipService;
  return [
    [
      StreamsService,
      {
        read: read(context),
        append: append(context),
        batchAppend: batchAppend(context),
        delete: remove(context, false),
        tombstone: remove(context, true),
      },
    ],
    [ServerFeaturesService, { getSupportedMethods: supportedMethods(version) }],
    [GossipService, { read: clusterInfo(port) }],
  ] as unknown as readonly (readonly [ServiceDefinition, UntypedServiceImplementation])[];
}
