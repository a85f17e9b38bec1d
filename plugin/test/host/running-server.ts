import { createLogger } from '../../backend/sdk/logger.ts';
import { field } from '../../backend/sdk/frame/field.ts';
import { Frame } from '../../backend/sdk/frame/frame.ts';
import type { PluginDefinition, PluginLimits } from '../../backend/sdk/plugin.ts';
import { PluginServer } from '../../backend/sdk/server.ts';
import { PluginClient, queryRequest } from './plugin-client.ts';

/** A server of this process with a client to it. Its instance is the datasource's name. */
export interface Running extends AsyncDisposable {
  readonly client: PluginClient;
  readonly server: PluginServer<string>;
  readonly log: string[];
  readonly shutdowns: () => number;
}

export async function run(
  definition: Partial<PluginDefinition<string>>,
  limits?: PluginLimits,
): Promise<Running> {
  const log: string[] = [];
  let shutdowns = 0;
  const server = await PluginServer.start<string>(
    { instance: ({ datasource }) => datasource?.name ?? 'app', ...definition },
    {
      logger: createLogger({ write: (line) => log.push(line), level: 'trace' }),
      onShutdown: () => (shutdowns += 1),
      ...(limits === undefined ? {} : { limits }),
    },
  );
  const client = new PluginClient(`unix:${server.hostAddress}`);
  return {
    client,
    server,
    log,
    shutdowns: () => shutdowns,
    async [Symbol.asyncDispose]() {
      client[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

export const oneRow = (): Frame[] => [new Frame('f', [field('n', 'int8', [1])])];

/** A request with one query for each refId, its query type the same. */
export function namesOf(...refIds: readonly string[]) {
  return queryRequest(refIds.map((refId) => ({ refId, queryType: refId })));
}
