/**
 * What all records share, and layouts of records that more than one collector reads. They are generated into the
 * collector that the object is named after.
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
