/** The decoded shape of the messages in `schema.ts`: int64 as number, enums as number, absent messages as null. */

export interface UserMessage {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  readonly role: string;
}

export interface AppSettingsMessage {
  readonly jsonData: Uint8Array;
  readonly decryptedSecureJsonData: Readonly<Record<string, string>>;
  readonly lastUpdatedMS: number;
  readonly apiVersion: string;
}

export interface DatasourceSettingsMessage extends AppSettingsMessage {
  readonly id: number;
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
}

export interface PluginContextMessage {
  readonly orgId: number;
  readonly namespace: string;
  readonly pluginId: string;
  readonly pluginVersion: string;
  readonly apiVersion: string;
  readonly userAgent: string;
  readonly user: UserMessage | null;
  readonly appInstanceSettings: AppSettingsMessage | null;
  readonly dataSourceInstanceSettings: DatasourceSettingsMessage | null;
  readonly grafanaConfig: Readonly<Record<string, string>>;
}

export interface DataQueryMessage {
  readonly refId: string;
  readonly queryType: string;
  readonly maxDataPoints: number;
  readonly intervalMS: number;
  readonly timeRange: { readonly fromEpochMS: number; readonly toEpochMS: number } | null;
  readonly json: Uint8Array;
}

export interface QueryDataRequestMessage {
  readonly pluginContext: PluginContextMessage | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly queries: readonly DataQueryMessage[];
  readonly format: number;
}

export interface DataResponseMessage {
  readonly frames: readonly Uint8Array[];
  readonly error: string;
  readonly status: number;
  readonly errorSource: string;
}

export interface QueryDataResponseMessage {
  readonly responses: Readonly<Record<string, DataResponseMessage>>;
}

export interface CheckHealthRequestMessage {
  readonly pluginContext: PluginContextMessage | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface CheckHealthResponseMessage {
  readonly status: number;
  readonly message: string;
  readonly jsonDetails: Uint8Array;
}

export interface CollectMetricsRequestMessage {
  readonly pluginContext: PluginContextMessage | null;
}

export interface CollectMetricsResponseMessage {
  readonly metrics: { readonly prometheus: Uint8Array };
}

export interface StringListMessage {
  readonly values: readonly string[];
}

export interface CallResourceRequestMessage {
  readonly pluginContext: PluginContextMessage | null;
  readonly path: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, StringListMessage>>;
  readonly body: Uint8Array;
}

export interface CallResourceResponseMessage {
  readonly code: number;
  readonly headers: Readonly<Record<string, StringListMessage>>;
  readonly body: Uint8Array;
}

export type EmptyMessage = Readonly<Record<string, never>>;

export interface ServingStatusMessage {
  readonly status: number;
}

export interface HealthCheckMessage {
  readonly service: string;
}
