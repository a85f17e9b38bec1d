/**
 * Layouts of the records in the rings. They are generated into the collector that the object is named after;
 * every collector that reads the same rings takes them from here.
 */
export {
  EXEC,
  EXIT,
  MEMCG_LEVEL,
  OOM_KILL,
  OOM_LEVEL,
  RECORD_FLAG,
  RECORD_HEADER,
  RECORD_TYPE,
  RING,
  RING_COUNTERS,
} from '../process/layout.gen.ts';
