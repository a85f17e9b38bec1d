import { STREAMS } from '@tapio/domain';
import type { StreamDefinition } from '@tapio/domain';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  jetstreamManager,
} from '@nats-io/jetstream';

const NS_PER_MS = 1_000_000;
/** JSStreamNotFoundErr of nats-server. */
const STREAM_NOT_FOUND = 10059;

/** Makes the streams of Tapio that are missing. One that exists stays as its operator made it. */
export async function ensureStreams(connection: NatsConnection): Promise<readonly string[]> {
  const manager = await jetstreamManager(connection, { checkAPI: false });
  const made: string[] = [];
  for (const definition of Object.values<StreamDefinition>(STREAMS)) {
    try {
      await manager.streams.info(definition.name);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== STREAM_NOT_FOUND) throw error;
      await manager.streams.add({
        name: definition.name,
        subjects: [...definition.subjects],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        discard: definition.discard === 'new' ? DiscardPolicy.New : DiscardPolicy.Old,
        max_bytes: definition.maxSizeBytes,
        max_age: definition.maxAgeMs * NS_PER_MS,
        duplicate_window: definition.duplicateWindowMs * NS_PER_MS,
      });
      made.push(definition.name);
    }
  }
  return made;
}
