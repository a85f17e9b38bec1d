import {
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';

import { chooseAddress, type ListenAddress } from './address.ts';
import { answerHealth } from './diagnostics.ts';
import { InstanceManager } from './instance-manager.ts';
import type { Logger } from './logger.ts';
import { PluginMetrics } from './metrics.ts';
import type { PluginDefinition, PluginLimits } from './plugin.ts';
import type {
  CallResourceRequestMessage,
  CallResourceResponseMessage,
  EmptyMessage,
  HealthCheckMessage,
  ServingStatusMessage,
} from './proto/messages.ts';
import {
  brokerService,
  controllerService,
  dataService,
  diagnosticsService,
  healthService,
  resourceService,
  stdioService,
} from './proto/services.ts';
import { answerQueries } from './query.ts';
import { answerResource, type SendPart } from './resource-stream.ts';
import type { Session } from './session.ts';

export interface PluginServerOptions {
  readonly logger: Logger;
  readonly limits?: PluginLimits;
  /** Parent of the socket's folder; the system's folder for temporary files unless given. */
  readonly socketParent?: string;
  /** The host asked for the end of the process, over the wire. */
  readonly onShutdown?: () => void;
}

/** The limit that Grafana's own SDK sets; grpc-js would refuse requests above 4 MiB. */
const MAX_RECEIVE_BYTES = 16 * 1024 * 1024;

/** How long calls may go on after they were aborted. */
const CLOSE_CALLS_MS = 500;

const SERVING = 1;
const NOT_SERVING = 2;
const SERVICE_UNKNOWN = 3;

type Cancellable = ServerUnaryCall<object, object> | ServerWritableStream<object, object>;
type OpenStream = ServerWritableStream<object, object> | ServerDuplexStream<object, object>;

/** Only "plugin", which go-plugin asks for, and the empty name of the whole server are known. */
function isKnownService(service: string): boolean {
  return service === 'plugin' || service === '';
}

function partSender(
  stream: ServerWritableStream<CallResourceRequestMessage, CallResourceResponseMessage>,
  signal: AbortSignal,
): SendPart {
  return (part) =>
    new Promise((resolve, reject) => {
      if (signal.aborted || stream.write(part)) {
        resolve();
        return;
      }
      const settle = (): void => {
        stream.off('drain', settle);
        signal.removeEventListener('abort', settle);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      stream.once('drain', settle);
      signal.addEventListener('abort', settle);
    });
}

/** The gRPC server of a plugin process, without anything that concerns the process itself (see `serve`). */
export class PluginServer<Instance> implements AsyncDisposable {
  readonly #server = new Server({
    'grpc.max_receive_message_length': MAX_RECEIVE_BYTES,
    'grpc.max_send_message_length': -1,
  });
  readonly #definition: PluginDefinition<Instance>;
  readonly #options: PluginServerOptions;
  readonly #session: Session<Instance>;
  readonly #calls = new Set<AbortController>();
  readonly #watches = new Set<ServerWritableStream<HealthCheckMessage, ServingStatusMessage>>();
  readonly #idleStreams = new Set<OpenStream>();
  readonly #address: ListenAddress;
  #port = 0;
  #closing: Promise<void> | undefined;

  private constructor(
    definition: PluginDefinition<Instance>,
    options: PluginServerOptions,
    address: ListenAddress,
  ) {
    const { logger, limits } = options;
    this.#definition = definition;
    this.#options = options;
    this.#address = address;
    const instances = new InstanceManager(definition.instance, {
      logger,
      ...(limits?.maxInstances === undefined ? {} : { maxInstances: limits.maxInstances }),
      ...(limits?.instanceGracePeriodMs === undefined ? {} : { gracePeriodMs: limits.instanceGracePeriodMs }),
    });
    this.#session = {
      instances,
      logger,
      metrics: new PluginMetrics(definition.registry, () => instances.size),
    };
  }

  /** @throws when neither a socket nor a loopback port can be had. */
  static async start<Instance>(
    definition: PluginDefinition<Instance>,
    options: PluginServerOptions,
  ): Promise<PluginServer<Instance>> {
    const address = await chooseAddress(options.socketParent);
    const server = new PluginServer(definition, options, address);
    server.#addServices();
    server.#port = await new Promise<number>((resolve, reject) => {
      server.#server.bindAsync(address.bindTarget, ServerCredentials.createInsecure(), (error, port) => {
        if (error === null) resolve(port);
        else reject(error);
      });
    });
    return server;
  }

  get network(): 'unix' | 'tcp' {
    return this.#address.network;
  }

  /** Path of the socket, or host and port. */
  get hostAddress(): string {
    return this.#address.hostAddress(this.#port);
  }

  /** Aborts running calls, disposes all instances and removes the socket. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const controller of this.#calls) controller.abort(new Error('The plugin is shutting down.'));
    for (const stream of this.#watches) {
      stream.write({ status: NOT_SERVING });
      stream.end();
    }
    for (const stream of this.#idleStreams) stream.end();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#server.forceShutdown();
        resolve();
      }, CLOSE_CALLS_MS);
      this.#server.tryShutdown(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    await this.#session.instances[Symbol.asyncDispose]();
    await this.#address[Symbol.asyncDispose]();
  }

  async #run<Result>(call: Cancellable, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    const cancel = (): void => {
      controller.abort(new Error('The host cancelled the call or its deadline passed.'));
    };
    if (this.#closing !== undefined || call.cancelled) cancel();
    call.once('cancelled', cancel);
    this.#calls.add(controller);
    try {
      return await work(controller.signal);
    } finally {
      this.#calls.delete(controller);
    }
  }

  #unary<Request extends object, Response extends object>(
    work: (request: Request, signal: AbortSignal) => Promise<Response>,
  ): (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => void {
    return (call, callback) => {
      this.#run(call, (signal) => work(call.request, signal)).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          this.#session.logger.error('A call failed outside its handler', { error });
          callback({ code: status.INTERNAL, details: 'The plugin failed to answer; its log says why.' });
        },
      );
    };
  }

  #keepOpen(stream: OpenStream): void {
    this.#idleStreams.add(stream);
    const end = (): void => {
      if (this.#idleStreams.delete(stream)) stream.end();
    };
    stream.on('cancelled', end);
    stream.on('error', end);
    if ('on' in stream && 'resume' in stream) {
      stream.on('end', end);
      stream.resume();
    }
  }

  #addServices(): void {
    const { query, health, resource } = this.#definition;
    this.#addHostServices();
    this.#server.addService(diagnosticsService, {
      CheckHealth: this.#unary((request: Parameters<typeof answerHealth>[2], signal) =>
        answerHealth(this.#session, health, request, signal),
      ),
      CollectMetrics: this.#unary(async () => ({
        metrics: { prometheus: Buffer.from(await this.#session.metrics.expose()) },
      })),
    });
    if (query !== undefined) {
      const { frame: limits, concurrentQueries } = this.#options.limits ?? {};
      this.#server.addService(dataService, {
        QueryData: this.#unary((request: Parameters<typeof answerQueries>[2], signal) =>
          answerQueries(this.#session, query, request, { signal, limits, concurrentQueries }),
        ),
      });
    }
    if (resource !== undefined) {
      this.#server.addService(resourceService, {
        CallResource: (
          stream: ServerWritableStream<CallResourceRequestMessage, CallResourceResponseMessage>,
        ) => {
          this.#run(stream, (signal) =>
            answerResource(this.#session, resource, stream.request, {
              signal,
              send: partSender(stream, signal),
            }),
          ).then(
            () => stream.end(),
            () => {
              // grpc-js ends a stream with a status by this event; destroying it would leave the caller waiting.
              stream.emit('error', {
                code: status.INTERNAL,
                details: 'The answer was broken off; the log says why.',
              });
            },
          );
        },
      });
    }
  }

  #addHostServices(): void {
    this.#server.addService(healthService, {
      Check: (
        { request }: ServerUnaryCall<HealthCheckMessage, ServingStatusMessage>,
        callback: sendUnaryData<ServingStatusMessage>,
      ) => {
        if (isKnownService(request.service)) callback(null, { status: SERVING });
        else callback({ code: status.NOT_FOUND, details: `unknown service "${request.service}"` });
      },
      Watch: (stream: ServerWritableStream<HealthCheckMessage, ServingStatusMessage>) => {
        stream.write({ status: isKnownService(stream.request.service) ? SERVING : SERVICE_UNKNOWN });
        this.#watches.add(stream);
        stream.on('cancelled', () => {
          this.#watches.delete(stream);
          stream.end();
        });
      },
    });
    this.#server.addService(controllerService, {
      Shutdown: (
        _call: ServerUnaryCall<EmptyMessage, EmptyMessage>,
        callback: sendUnaryData<EmptyMessage>,
      ) => {
        callback(null, {});
        setImmediate(() => this.#options.onShutdown?.());
      },
    });
    this.#server.addService(brokerService, {
      StartStream: (stream: ServerDuplexStream<object, object>) => {
        this.#keepOpen(stream);
      },
    });
    this.#server.addService(stdioService, {
      StreamStdio: (stream: ServerWritableStream<object, object>) => {
        this.#keepOpen(stream);
      },
    });
  }
}
