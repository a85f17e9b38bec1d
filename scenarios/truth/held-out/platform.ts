import { PLACEMENT } from './platform-placement.ts';
import { NODES } from './platform-nodes.ts';

export const PLATFORM = { ...PLACEMENT, ...NODES };
