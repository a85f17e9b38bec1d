import type { MethodDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

import type {
  CallResourceRequestMessage,
  CallResourceResponseMessage,
  CheckHealthRequestMessage,
  CheckHealthResponseMessage,
  CollectMetricsRequestMessage,
  CollectMetricsResponseMessage,
  EmptyMessage,
  HealthCheckMessage,
  QueryDataRequestMessage,
  QueryDataResponseMessage,
  ServingStatusMessage,
} from './messages.ts';
import { GO_PLUGIN_PROTO, HEALTH_PROTO, PLUGINV2_PROTO } from './schema.ts';

const root = new protobuf.Root();
for (const text of [PLUGINV2_PROTO, GO_PLUGIN_PROTO, HEALTH_PROTO]) {
  protobuf.parse(text, root, { keepCase: true });
}
root.resolveAll();

function encoderOf(type: protobuf.Type): (message: object) => Buffer {
  return (message) => {
    const bytes = type.encode(type.fromObject(message)).finish();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

function decoderOf(type: protobuf.Type): (bytes: Buffer) => object {
  return (bytes) => type.toObject(type.decode(bytes), { longs: Number, defaults: true });
}

function method<Request extends object, Response extends object>(
  serviceName: string,
  methodName: string,
): MethodDefinition<Request, Response> {
  const declared = root.lookupService(serviceName).methods[methodName];
  const requestType = declared?.resolvedRequestType;
  const responseType = declared?.resolvedResponseType;
  if (declared === undefined || !requestType || !responseType) {
    throw new Error(`${serviceName}/${methodName} is missing in the protocol schema`);
  }
  return {
    path: `/${serviceName}/${methodName}`,
    requestStream: declared.requestStream === true,
    responseStream: declared.responseStream === true,
    requestSerialize: encoderOf(requestType),
    requestDeserialize: decoderOf(requestType) as (bytes: Buffer) => Request,
    responseSerialize: encoderOf(responseType),
    responseDeserialize: decoderOf(responseType) as (bytes: Buffer) => Response,
  };
}

/** pluginv2.Data */
export const dataService = {
  QueryData: method<QueryDataRequestMessage, QueryDataResponseMessage>('pluginv2.Data', 'QueryData'),
};

/** pluginv2.Diagnostics */
export const diagnosticsService = {
  CheckHealth: method<CheckHealthRequestMessage, CheckHealthResponseMessage>(
    'pluginv2.Diagnostics',
    'CheckHealth',
  ),
  CollectMetrics: method<CollectMetricsRequestMessage, CollectMetricsResponseMessage>(
    'pluginv2.Diagnostics',
    'CollectMetrics',
  ),
};

/** pluginv2.Resource */
export const resourceService = {
  CallResource: method<CallResourceRequestMessage, CallResourceResponseMessage>(
    'pluginv2.Resource',
    'CallResource',
  ),
};

/** plugin.GRPCController: how the host asks the process to end. */
export const controllerService = {
  Shutdown: method<EmptyMessage, EmptyMessage>('plugin.GRPCController', 'Shutdown'),
};

/** plugin.GRPCBroker: opened by every host, used by none of Grafana's services. */
export const brokerService = {
  StartStream: method<object, object>('plugin.GRPCBroker', 'StartStream'),
};

/** plugin.GRPCStdio: opened by every host; this SDK sends its log over the real stderr instead. */
export const stdioService = {
  StreamStdio: method<EmptyMessage, object>('plugin.GRPCStdio', 'StreamStdio'),
};

/** grpc.health.v1.Health */
export const healthService = {
  Check: method<HealthCheckMessage, ServingStatusMessage>('grpc.health.v1.Health', 'Check'),
  Watch: method<HealthCheckMessage, ServingStatusMessage>('grpc.health.v1.Health', 'Watch'),
};
