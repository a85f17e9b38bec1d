import type { DatasourceCall } from './instance.ts';
import { toBackendError, type HealthReport } from './sdk/index.ts';

/** Connects to Neo4j, checks the schema, reads: what "Save & test" shows. Nothing of what was read is told, since Viewers may ask too. */
export async function checkHealth({ instance, signal }: DatasourceCall): Promise<HealthReport> {
  try {
    await instance.reader.verify(signal);
    const [latest] = await instance.reader.listIncidents({ limit: 1 }, signal);
    return {
      status: 'ok',
      message:
        latest === undefined
          ? 'Connected to the graph. It holds no incident yet: they appear when something fails.'
          : 'Connected to the graph, and there are incidents in it.',
    };
  } catch (error) {
    const { message } = toBackendError(error, signal);
    return { status: 'error', message };
  }
}
