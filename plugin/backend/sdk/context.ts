import { BackendError } from './errors.ts';
import type {
  AppSettingsMessage,
  DatasourceSettingsMessage,
  PluginContextMessage,
} from './proto/messages.ts';
import { Secrets } from './secrets.ts';

/** The person (or service account) behind a call. */
export interface User {
  readonly login: string;
  readonly name: string;
  readonly email: string;
  /** `Viewer`, `Editor`, `Admin`, or what a newer Grafana calls its organisation roles. */
  readonly role: string;
}

export interface InstanceSettings {
  /** The `jsonData` object as Grafana stores it. Its shape is the plugin's own matter: check it. */
  readonly jsonData: Readonly<Record<string, unknown>>;
  readonly secrets: Secrets;
  /** When the settings were last saved, in milliseconds since the Unix epoch. */
  readonly updatedMs: number;
}

export interface DatasourceSettings extends InstanceSettings {
  readonly uid: string;
  readonly name: string;
  readonly url: string;
  readonly user: string;
  readonly database: string;
  readonly basicAuthEnabled: boolean;
  readonly basicAuthUser: string;
}

export interface PluginContext {
  readonly orgId: number;
  /** Grafana's tenancy name, such as `default`; empty before Grafana 12. */
  readonly namespace: string;
  readonly pluginId: string;
  readonly pluginVersion: string;
  readonly userAgent: string;
  /**
   * Absent when Grafana acts without an identity. An alert evaluation may carry Grafana's own
   * (`grafana_scheduler`, Admin; `ngalert/schedule`): tell it by `Call.isAlert`, not by this.
   */
  readonly user?: User;
  /** Set for calls to a datasource. */
  readonly datasource?: DatasourceSettings;
  /** Set for calls to an app. */
  readonly app?: InstanceSettings;
  /** The parts of Grafana's configuration it hands to plugins. */
  readonly grafanaConfig: ReadonlyMap<string, string>;
}

function parseJsonData(bytes: Uint8Array, owner: string): Readonly<Record<string, unknown>> {
  if (bytes.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new BackendError(`The settings of ${owner} are not valid JSON: save them again in Grafana.`, {
      cause: error,
    });
  }
  if (parsed === null) return {};
  if (typeof parsed !== 'object' || Array.isArray(parsed)) {
    throw new BackendError(`The settings of ${owner} are not a JSON object: save them again in Grafana.`);
  }
  return parsed as Record<string, unknown>;
}

function settingsOf(message: AppSettingsMessage, owner: string): InstanceSettings {
  return {
    jsonData: parseJsonData(message.jsonData, owner),
    secrets: new Secrets(message.decryptedSecureJsonData),
    updatedMs: message.lastUpdatedMS,
  };
}

function datasourceOf(message: DatasourceSettingsMessage): DatasourceSettings {
  return {
    ...settingsOf(message, `datasource "${message.name}"`),
    uid: message.uid,
    name: message.name,
    url: message.url,
    user: message.user,
    database: message.database,
    basicAuthEnabled: message.basicAuthEnabled,
    basicAuthUser: message.basicAuthUser,
  };
}

/**
 * The context of a call, from its wire form.
 * @throws BackendError when the stored settings are not a JSON object.
 */
export function toPluginContext(message: PluginContextMessage | null): PluginContext {
  if (message === null) {
    throw new BackendError('The host sent no plugin context: this needs Grafana 9 or later.');
  }
  const { user, dataSourceInstanceSettings: datasource, appInstanceSettings: app } = message;
  return {
    orgId: message.orgId,
    namespace: message.namespace,
    pluginId: message.pluginId,
    pluginVersion: message.pluginVersion,
    userAgent: message.userAgent,
    grafanaConfig: new Map(Object.entries(message.grafanaConfig)),
    ...(user === null
      ? {}
      : { user: { login: user.login, name: user.name, email: user.email, role: user.role } }),
    ...(datasource === null ? {} : { datasource: datasourceOf(datasource) }),
    ...(app === null ? {} : { app: settingsOf(app, `app "${message.pluginId}"`) }),
  };
}

/** The secrets of whichever settings a wire context carries, to keep them out of error texts. */
export function secretsOf(message: PluginContextMessage | null): Secrets {
  return new Secrets({
    ...message?.appInstanceSettings?.decryptedSecureJsonData,
    ...message?.dataSourceInstanceSettings?.decryptedSecureJsonData,
  });
}
