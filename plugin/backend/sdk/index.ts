/** A Grafana backend-plugin SDK for Node.js. See README.md. */
export { CallHeaders, type Call } from './call.ts';
export type { DatasourceSettings, InstanceSettings, PluginContext, User } from './context.ts';
export {
  badRequest,
  BackendError,
  downstreamError,
  forbidden,
  notFound,
  toBackendError,
  type BackendErrorOptions,
  type ErrorSource,
} from './errors.ts';
export { microseconds, nanosecondsOf } from './frame/column.ts';
export { DEFAULT_FRAME_LIMITS, encodeFrame, type EncodedFrame, type FrameLimits } from './frame/encode.ts';
export {
  field,
  RawJson,
  type Cell,
  type CellTypes,
  type Field,
  type FieldConfig,
  type FieldLink,
  type FieldOf,
  type FieldOptions,
  type FieldType,
  type ValueMapping,
} from './frame/field.ts';
export {
  Frame,
  type FrameMeta,
  type FrameOptions,
  type Notice,
  type NoticeSeverity,
  type PreferredVisualisation,
  type QueryStat,
} from './frame/frame.ts';
export { logsFrame, type LogLine, type LogSeverity } from './frame/logs.ts';
export {
  nodeGraph,
  type GraphEdge,
  type GraphNode,
  type NodeGraph,
  type NodeGraphOptions,
} from './frame/node-graph.ts';
export { TableBuilder, tableFrame, type TableCell, type TableColumn } from './frame/table.ts';
export {
  multiTimeSeries,
  wideTimeSeries,
  wideTimeSeriesFromRows,
  type Series,
  type TimePoint,
  type TimeSeriesOptions,
  type TimeSeriesRow,
} from './frame/time-series.ts';
export type { InstanceFactory } from './instance-manager.ts';
export { createLogger, type LogFields, type Logger, type LoggerOptions, type LogLevel } from './logger.ts';
export type {
  DataQuery,
  HealthHandler,
  HealthReport,
  PluginDefinition,
  PluginLimits,
  QueryHandler,
} from './plugin.ts';
export {
  errorResponse,
  json,
  ResourceRouter,
  type ResourceHandler,
  type ResourceRequest,
  type ResourceResponse,
  type RouteHandler,
  type RouteParameters,
} from './resource.ts';
export { Secrets } from './secrets.ts';
export { serve, type ServeOptions } from './serve.ts';
export { PluginServer, type PluginServerOptions } from './server.ts';
