import {
  credentials,
  makeClientConstructor,
  type CallOptions,
  type Client,
  type MethodDefinition,
} from '@grpc/grpc-js';

import type {
  CallResourceRequestMessage,
  CallResourceResponseMessage,
  DatasourceSettingsMessage,
  PluginContextMessage,
} from '../../backend/sdk/proto/messages.ts';
import { healthService, resourceService } from '../../backend/sdk/proto/services.ts';

const BareClient = makeClientConstructor({}, 'plugin');

export interface UnaryCall<Response> {
  readonly response: Promise<Response>;
  cancel(): void;
}

/** Calls a plugin's services over its socket, as a host would. */
export class PluginClient implements Disposable {
  readonly #client: Client;

  constructor(target: string) {
    this.#client = new BareClient(target, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    });
  }

  start<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): UnaryCall<Response> {
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const call = this.#client.makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      options,
      (error, response) => {
        if (error !== null) reject(error);
        else resolve(response as Response);
      },
    );
    return {
      response: promise,
      cancel: () => {
        call.cancel();
      },
    };
  }

  call<Request, Response>(
    method: MethodDefinition<Request, Response>,
    request: Request,
    options?: CallOptions,
  ): Promise<Response> {
    return this.start(method, request, options).response;
  }

  async callResource(request: Partial<CallResourceRequestMessage>): Promise<CallResourceResponseMessage[]> {
    const { path, requestSerialize, responseDeserialize } = resourceService.CallResource;
    const message: CallResourceRequestMessage = {
      pluginContext: contextMessage(),
      path: '',
      method: 'GET',
      url: '',
      headers: {},
      body: new Uint8Array(),
      ...request,
    };
    const stream = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, message);
    const parts: CallResourceResponseMessage[] = [];
    for await (const part of stream) parts.push(part as CallResourceResponseMessage);
    return parts;
  }

  /** The statuses of a health watch, until the server ends it. */
  async *watchHealth(service: string): AsyncGenerator<number> {
    const { path, requestSerialize, responseDeserialize } = healthService.Watch;
    const stream = this.#client.makeServerStreamRequest(path, requestSerialize, responseDeserialize, {
      service,
    });
    for await (const part of stream) yield (part as { status: number }).status;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

export function contextMessage(
  settings: Partial<DatasourceSettingsMessage> & { readonly host?: string } = {},
  rest: Partial<PluginContextMessage> = {},
): PluginContextMessage {
  const { host = 'localhost', ...datasource } = settings;
  return {
    orgId: 1,
    namespace: 'default',
    pluginId: 'example-datasource',
    pluginVersion: '1.0.0',
    apiVersion: '',
    userAgent: 'Grafana/12.4.0 (linux; amd64)',
    user: { login: 'ada', name: 'Ada', email: 'ada@example.com', role: 'Viewer' },
    appInstanceSettings: null,
    grafanaConfig: {},
    dataSourceInstanceSettings: {
      id: 1,
      uid: 'uid-1',
      name: 'Example',
      url: '',
      user: '',
      database: '',
      basicAuthEnabled: false,
      basicAuthUser: '',
      apiVersion: '',
      jsonData: Buffer.from(JSON.stringify({ host })),
      decryptedSecureJsonData: { password: 'open-sesame' },
      lastUpdatedMS: 1000,
      ...datasource,
    },
    ...rest,
  };
}

export interface QueryShape {
  readonly refId: string;
  readonly queryType: string;
  readonly model?: unknown;
}

/** A QueryData request of the given queries. */
export function queryRequest(
  queries: readonly QueryShape[],
  rest: {
    readonly headers?: Readonly<Record<string, string>>;
    readonly context?: PluginContextMessage | null;
  } = {},
) {
  return {
    pluginContext: rest.context === undefined ? contextMessage() : rest.context,
    headers: rest.headers ?? {},
    format: 0,
    queries: queries.map(({ refId, queryType, model = {} }) => ({
      refId,
      queryType,
      maxDataPoints: 100,
      intervalMS: 1000,
      timeRange: { fromEpochMS: 1000, toEpochMS: 2000 },
      json: Buffer.from(typeof model === 'string' ? model : JSON.stringify(model)),
    })),
  };
}
